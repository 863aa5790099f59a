/**
 * `count`
 *
 * Meaning: how many records each key has (per window, if windowed); of a grouped table, how many rows.
 *
 * Nulls: a null key is dropped, a null value too, but for time windows and sessions, which count it. Both are counted as
 * dropped records.
 *
 * Late and out-of-order: the order of records does not matter; windows drop records that come after their grace.
 *
 * Timestamp: the highest of the records counted; sessions: the session's end.
 */

import type { GroupedStreamHandle, GroupedTableHandle, TableHandle, WindowedStreamHandle } from '../plan/handles.ts'
import { long } from '../record/serdes/long.ts'
import type { Windowed } from '../record/windowed.ts'
import { countFunctions } from './aggregate-functions.ts'
import { aggregateGroupedTable } from './aggregate-table.ts'
import { type AggregationOptions, aggregateGrouped } from './grouped-aggregation.ts'
import { isMaterialized } from './materialized.ts'

/**
 * Counts. The result is a `long` in topics and stores unless `value` says otherwise.
 *
 * @example
 * flights.groupBy((flight) => flight.airline).count({ store: 'flights-by-airline' })
 */
export function count<K, V>(
  group: WindowedStreamHandle<K, V>,
  options?: AggregationOptions<K, number>,
): TableHandle<Windowed<K>, number>
export function count<K, V>(
  group: GroupedStreamHandle<K, V> | GroupedTableHandle<K, V>,
  options?: AggregationOptions<K, number>,
): TableHandle<K, number>
export function count<K, V>(
  group: GroupedStreamHandle<K, V> | WindowedStreamHandle<K, V> | GroupedTableHandle<K, V>,
  options: AggregationOptions<K, number> = {},
): TableHandle<K, number> | TableHandle<Windowed<K>, number> {
  if (group.kind === 'grouped-table') {
    const functions = { init: () => 0, add: (n: number) => n + 1, subtract: (n: number) => n - 1 }
    return aggregateGroupedTable(group, { prefix: 'KTABLE-AGGREGATE-', functions, valueSerde: long() }, options)
  }
  // Kafka Streams burns one index more for a Materialized without a name, but not where windows slide.
  const slides = group.kind === 'windowed-stream' && group.windows.kind === 'sliding'
  if (isMaterialized(options) && options.store === undefined && !slides) group.graph.newStoreName('KSTREAM-AGGREGATE-')
  const aggregation = {
    prefix: 'KSTREAM-AGGREGATE-' as const,
    functions: countFunctions,
    valueSerde: long(),
    readsNoValue: true,
  }
  return aggregateGrouped<K, V, number, K>(group, aggregation, options)
}
