/** `SessionWindowedKStream`: a grouped stream by sessions, runs of records with no gap longer than the windows' gap. */

import { type AggregateOptions, aggregate } from '../operators/aggregate.ts'
import type { Merger, Reducer } from '../operators/aggregate-functions.ts'
import { count } from '../operators/count.ts'
import type { AggregationOptions } from '../operators/grouped-aggregation.ts'
import { reduce } from '../operators/reduce.ts'
import type { Operator, WindowedStreamHandle } from '../plan/handles.ts'
import type { Windowed } from '../record/windowed.ts'
import { KTable } from './ktable.ts'
import { type Facade, wrap } from './wrap.ts'

export interface SessionAggregation<K, V, A> extends AggregateOptions<K, V, A> {
  /** Two sessions' aggregates made one, when a record between them joins them; the first is the earlier one's. */
  readonly merge: Merger<K, A>
}

export class SessionWindowedKStream<K, V> {
  /** What operators work on. */
  readonly handle: WindowedStreamHandle<K, V>

  constructor(handle: WindowedStreamHandle<K, V>) {
    this.handle = handle
  }

  /** How many records each session of each key has. */
  count(options?: AggregationOptions<K, number>): KTable<Windowed<K>, number> {
    return new KTable(count(this.handle, options))
  }

  /** The values of each session made one, two at a time; the first argument is the older. */
  reduce(reducer: Reducer<V>, options?: AggregationOptions<K, V>): KTable<Windowed<K>, V> {
    return new KTable(reduce(this.handle, reducer, options))
  }

  /**
   * The values of each session folded into an aggregate, from `init()` on; `merge` joins sessions. The aggregate's type is
   * that of `init`: annotate an empty array, `init: (): string[] => []`.
   */
  aggregate<A>(options: SessionAggregation<K, V, A>): KTable<Windowed<K>, A> {
    return new KTable(aggregate(this.handle, options))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<WindowedStreamHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}
