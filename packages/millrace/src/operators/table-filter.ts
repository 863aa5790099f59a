/**
 * `filter`, `filterNot` on tables
 *
 * Meaning: the table of those keys whose value is accepted. An update that is not accepted becomes a tombstone.
 *
 * Nulls: a missing value is never accepted, and the predicate is not called. Tombstones: where a store is upstream (or the
 * filter has one), only a key that *was* accepted is deleted; where none is, every update that is not accepted gives one.
 *
 * Late and out-of-order: passed on as they come. On a versioned table every update is forwarded, because the one before it
 * in time is not known.
 *
 * Timestamp: the update's.
 */

import type { TableHandle } from '../plan/handles.ts'
import { type DerivedTableOptions, deriveTable } from './derived-table.ts'

/** Whether a table's row is kept. Called for values only, never for null. */
export type TablePredicate<K, V> = (value: V, key: K) => boolean

/**
 * Keeps the rows for which the predicate is true.
 *
 * @example
 * users.filter((user) => user.active, { store: 'active-users' })
 */
export function tableFilter<K, V>(
  table: TableHandle<K, V>,
  predicate: TablePredicate<K, V>,
  options: DerivedTableOptions<K, V> = {},
): TableHandle<K, V> {
  return filter(table, predicate, options, true)
}

/**
 * Keeps the rows for which the predicate is false.
 *
 * @example
 * users.filterNot((user) => user.deleted)
 */
export function tableFilterNot<K, V>(
  table: TableHandle<K, V>,
  predicate: TablePredicate<K, V>,
  options: DerivedTableOptions<K, V> = {},
): TableHandle<K, V> {
  return filter(table, predicate, options, false)
}

function filter<K, V>(
  table: TableHandle<K, V>,
  predicate: TablePredicate<K, V>,
  options: DerivedTableOptions<K, V>,
  keep: boolean,
): TableHandle<K, V> {
  const compute = (key: K, value: V | null): V | null =>
    value !== null && Boolean(predicate(value, key)) === keep ? value : null
  return deriveTable(
    table,
    {
      prefix: 'KTABLE-FILTER-',
      burnsStoreIndex: true,
      valueSerde: table.valueSerde,
      computation: () => ({ compute }),
      skipsNothingToNothing: true,
      computesMissing: false,
    },
    options,
  )
}
