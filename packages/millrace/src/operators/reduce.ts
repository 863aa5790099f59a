/**
 * `reduce`
 *
 * Meaning: the values of each key (per window, if windowed) made one of the same type, two at a time; of a grouped table, a
 * row that changes or goes is taken away by `subtract`.
 *
 * Nulls: a null key or value is dropped (counted); time windows and sessions hand null values to the reducer. A result of
 * null deletes, and the next value starts anew. The first value is kept as it is, the reducer is not called.
 *
 * Late and out-of-order: values are reduced in the order they arrive, whatever their time; windows drop records that come
 * after their grace.
 *
 * Timestamp: the highest of the records in the result; sessions: the session's end.
 */

import type { GroupedStreamHandle, GroupedTableHandle, TableHandle, WindowedStreamHandle } from '../plan/handles.ts'
import type { Windowed } from '../record/windowed.ts'
import { type Reducer, reduceFunctions } from './aggregate-functions.ts'
import { aggregateGroupedTable } from './aggregate-table.ts'
import { type AggregationOptions, aggregateGrouped } from './grouped-aggregation.ts'

/**
 * Reduces a grouped stream.
 *
 * @example
 * delays.groupByKey().reduce((longest, delay) => Math.max(longest, delay), { store: 'longest-delay' })
 */
export function reduce<K, V>(
  group: WindowedStreamHandle<K, V>,
  reducer: Reducer<V>,
  options?: AggregationOptions<K, V>,
): TableHandle<Windowed<K>, V>
export function reduce<K, V>(
  group: GroupedStreamHandle<K, V>,
  reducer: Reducer<V>,
  options?: AggregationOptions<K, V>,
): TableHandle<K, V>
export function reduce<K, V>(
  group: GroupedStreamHandle<K, V> | WindowedStreamHandle<K, V>,
  reducer: Reducer<V>,
  options: AggregationOptions<K, V> = {},
): TableHandle<K, V> | TableHandle<Windowed<K>, V> {
  const functions = reduceFunctions<K, V>(reducer)
  return aggregateGrouped<K, V, V, K>(
    group,
    { prefix: 'KSTREAM-REDUCE-', functions, valueSerde: group.valueSerde },
    options,
  )
}

export interface TableReduceOptions<K, V> extends AggregationOptions<K, V> {
  /** The reduced value with a row's value added. */
  readonly add: Reducer<V>
  /** The reduced value without a row's value: the inverse of `add`. */
  readonly subtract: Reducer<V>
}

/**
 * Reduces a grouped table.
 *
 * @example
 * seats.groupBy((seat) => [seat.flight, seat.price]).reduce({ add: (a, b) => a + b, subtract: (a, b) => a - b })
 */
export function reduceTable<K, V>(
  group: GroupedTableHandle<K, V>,
  options: TableReduceOptions<K, V>,
): TableHandle<K, V> {
  const { add, subtract } = options
  const functions = {
    init: undefined,
    add: (aggregate: V, value: V) => (aggregate === null ? value : add(aggregate, value)),
    subtract,
  }
  return aggregateGroupedTable(group, { prefix: 'KTABLE-REDUCE-', functions, valueSerde: group.valueSerde }, options)
}
