/**
 * `TimeWindowedKStream`: a grouped stream by tumbling, hopping, sliding or unlimited windows. Results have windowed keys.
 */

import { type AggregateOptions, aggregate } from '../operators/aggregate.ts'
import type { Reducer } from '../operators/aggregate-functions.ts'
import { count } from '../operators/count.ts'
import type { AggregationOptions } from '../operators/grouped-aggregation.ts'
import { reduce } from '../operators/reduce.ts'
import type { Operator, WindowedStreamHandle } from '../plan/handles.ts'
import type { Windowed } from '../record/windowed.ts'
import { KTable } from './ktable.ts'
import { type Facade, wrap } from './wrap.ts'

export class TimeWindowedKStream<K, V> {
  /** What operators work on. */
  readonly handle: WindowedStreamHandle<K, V>

  constructor(handle: WindowedStreamHandle<K, V>) {
    this.handle = handle
  }

  /** How many records each key has in each window. */
  count(options?: AggregationOptions<K, number>): KTable<Windowed<K>, number> {
    return new KTable(count(this.handle, options))
  }

  /** The values of each key and window made one, two at a time; the first argument is the older. */
  reduce(reducer: Reducer<V>, options?: AggregationOptions<K, V>): KTable<Windowed<K>, V> {
    return new KTable(reduce(this.handle, reducer, options))
  }

  /**
   * The values of each key and window folded into an aggregate, from `init()` on. The aggregate's type is that of `init`:
   * annotate an empty array, `init: (): string[] => []`. `add` must not change the aggregate it is given.
   */
  aggregate<A>(options: AggregateOptions<K, V, A>): KTable<Windowed<K>, A> {
    return new KTable(aggregate(this.handle, options))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<WindowedStreamHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}
