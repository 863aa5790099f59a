/**
 * `aggregate`
 *
 * Meaning: the values of each key (per window, if windowed) folded into an aggregate of any type; of a grouped table, a row
 * that changes or goes is taken away by `subtract`; sessions that a record joins are made one by `merge`.
 *
 * Nulls: a null key or value is dropped (counted); time windows and sessions hand null values to `add`. A result of null
 * deletes, and the next record starts from `init` again.
 *
 * Late and out-of-order: values are added in the order they arrive, whatever their time; windows drop records that come after
 * their grace.
 *
 * Timestamp: the highest of the records in the result; sessions: the session's end.
 *
 * The type of the aggregate is that of `init`'s result, so annotate what TypeScript cannot see: `() => []` is `never[]`, write
 * `(): string[] => []`. `add` must give a new aggregate, never change the one it was given.
 */

import type { GroupedStreamHandle, GroupedTableHandle, TableHandle, WindowedStreamHandle } from '../plan/handles.ts'
import { TopologyError } from '../record/errors.ts'
import type { Windowed } from '../record/windowed.ts'
import type { Aggregator, Initializer, Merger } from './aggregate-functions.ts'
import { aggregateGroupedTable } from './aggregate-table.ts'
import { type AggregationOptions, aggregateGrouped } from './grouped-aggregation.ts'

export interface AggregateOptions<K, V, A> extends AggregationOptions<K, A> {
  /** The aggregate of no records. */
  readonly init: Initializer<A>
  /** The aggregate with a record added. */
  readonly add: Aggregator<K, V, A>
}

export interface SessionAggregateOptions<K, V, A> extends AggregateOptions<K, V, A> {
  /** Sessions only, and needed there: two sessions' aggregates made one. */
  readonly merge?: Merger<K, A>
}

export interface TableAggregateOptions<K, V, A> extends AggregateOptions<K, V, A> {
  /** The aggregate without a row: the inverse of `add`. */
  readonly subtract: Aggregator<K, V, A>
}

/**
 * Aggregates a grouped stream.
 *
 * @throws TopologyError for sessions without `merge`
 * @example
 * flights.groupByKey().aggregate({
 *   init: () => ({ n: 0, sum: 0 }),
 *   add: (acc, flight) => ({ n: acc.n + 1, sum: acc.sum + flight.delay }),
 *   store: 'delays',
 * })
 * flights.groupByKey().aggregate({ init: (): string[] => [], add: (seen, flight) => [...seen, flight.airline] })
 */
export function aggregate<K, V, A>(
  group: WindowedStreamHandle<K, V>,
  options: SessionAggregateOptions<K, V, A>,
): TableHandle<Windowed<K>, A>
export function aggregate<K, V, A>(
  group: GroupedStreamHandle<K, V>,
  options: AggregateOptions<K, V, A>,
): TableHandle<K, A>
export function aggregate<K, V, A>(
  group: GroupedStreamHandle<K, V> | WindowedStreamHandle<K, V>,
  options: SessionAggregateOptions<K, V, A>,
): TableHandle<K, A> | TableHandle<Windowed<K>, A> {
  if (group.kind === 'windowed-stream') checkMerger(group.windows.kind, options)
  return aggregateGrouped<K, V, A, K>(
    group,
    { prefix: 'KSTREAM-AGGREGATE-', functions: options, valueSerde: undefined },
    options,
  )
}

/**
 * Aggregates a grouped table.
 *
 * @example
 * seats.groupBy((seat) => [seat.flight, seat]).aggregate({
 *   init: () => 0,
 *   add: (taken, seat) => taken + seat.persons,
 *   subtract: (taken, seat) => taken - seat.persons,
 * })
 */
export function aggregateTable<K, V, A>(
  group: GroupedTableHandle<K, V>,
  options: TableAggregateOptions<K, V, A>,
): TableHandle<K, A> {
  return aggregateGroupedTable(
    group,
    { prefix: 'KTABLE-AGGREGATE-', functions: options, valueSerde: undefined },
    options,
  )
}

/** @throws TopologyError for sessions without a merger */
export function checkMerger(kind: string, functions: { readonly merge?: unknown }): void {
  if (kind !== 'session' || functions.merge !== undefined) return
  throw new TopologyError(
    'aggregate: sessions need `merge`, since a record between two sessions makes them one: give ' +
      '`merge: (aggregate, other) => …` beside `init` and `add`.',
  )
}
