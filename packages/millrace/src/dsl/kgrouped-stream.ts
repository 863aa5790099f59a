/**
 * `KGroupedStream`: a stream grouped by key, to be aggregated, plainly or by windows. Records with a null key are dropped;
 * without windows those with a null value too.
 */

import { type AggregateOptions, aggregate } from '../operators/aggregate.ts'
import type { Aggregator, Reducer } from '../operators/aggregate-functions.ts'
import { cogroup } from '../operators/cogroup.ts'
import { count } from '../operators/count.ts'
import type { AggregationOptions } from '../operators/grouped-aggregation.ts'
import { reduce } from '../operators/reduce.ts'
import { type WindowedByOptions, windowedBy } from '../operators/windowed-by.ts'
import type { GroupedStreamHandle, Operator } from '../plan/handles.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../window/windows.ts'
import { CogroupedKStream } from './cogrouped-kstream.ts'
import { KTable } from './ktable.ts'
import { SessionWindowedKStream } from './session-windowed-kstream.ts'
import { TimeWindowedKStream } from './time-windowed-kstream.ts'
import { type Facade, wrap } from './wrap.ts'

export class KGroupedStream<K, V> {
  /** What operators work on. */
  readonly handle: GroupedStreamHandle<K, V>

  constructor(handle: GroupedStreamHandle<K, V>) {
    this.handle = handle
  }

  /** How many records each key has. */
  count(options?: AggregationOptions<K, number>): KTable<K, number> {
    return new KTable(count(this.handle, options))
  }

  /** The values of each key made one, two at a time; the first argument is the older. */
  reduce(reducer: Reducer<NonNullable<V>>, options?: AggregationOptions<K, NonNullable<V>>): KTable<K, NonNullable<V>> {
    return new KTable(reduce(withoutNulls(this.handle), reducer, options))
  }

  /**
   * The values of each key folded into an aggregate, from `init()` on. The aggregate's type is that of `init`: annotate an
   * empty array, `init: (): string[] => []`, else it is `never[]`. `add` must not change the aggregate it is given.
   *
   * @example
   * orders.groupByKey().aggregate({ init: () => 0, add: (sum, order) => sum + order.total, store: 'totals' })
   */
  aggregate<A>(options: AggregateOptions<K, NonNullable<V>, A>): KTable<K, A> {
    return new KTable(aggregate(withoutNulls(this.handle), options))
  }

  /** Aggregates by windows of event time: `tumbling`, `hopping`, `sliding`, `unlimited`; `session`. */
  windowedBy(windows: TimeWindows | SlidingWindows, options?: WindowedByOptions): TimeWindowedKStream<K, V>
  windowedBy(windows: SessionWindows, options?: WindowedByOptions): SessionWindowedKStream<K, V>
  windowedBy(
    windows: TimeWindows | SlidingWindows | SessionWindows,
    options?: WindowedByOptions,
  ): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    const handle = windowedBy(this.handle, windows, options)
    return windows.kind === 'session' ? new SessionWindowedKStream(handle) : new TimeWindowedKStream(handle)
  }

  /** Aggregates this stream together with others of the same key, each added in its own way. */
  cogroup<A>(add: Aggregator<K, V, A>): CogroupedKStream<K, A> {
    return new CogroupedKStream(cogroup(this.handle, add))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<GroupedStreamHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}

/** Plain aggregations drop null values, so their callbacks never see one. */
function withoutNulls<K, V>(handle: GroupedStreamHandle<K, V>): GroupedStreamHandle<K, NonNullable<V>> {
  return handle as GroupedStreamHandle<K, NonNullable<V>>
}
