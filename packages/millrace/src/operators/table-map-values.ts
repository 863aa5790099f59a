/**
 * `mapValues` on tables
 *
 * Meaning: the table with each value replaced by what the mapper makes of it; keys stay, so no repartition is needed.
 *
 * Nulls: a tombstone passes as a tombstone and the mapper is not called; a mapper that gives null (or undefined) deletes.
 * Without a store the mapper is called again whenever a join reads the table: it must not have effects.
 *
 * Late and out-of-order: passed on as they come.
 *
 * Timestamp: the update's. Every update is forwarded, equal results too.
 */

import type { TableHandle } from '../plan/handles.ts'
import { type DerivedTableOptions, deriveTable } from './derived-table.ts'

/** Makes the new value; null deletes. Called for values only, never for null. */
export type TableValueMapper<K, V, VOut> = (value: V, key: K) => VOut | null | undefined

/**
 * Replaces each row's value by what the mapper gives.
 *
 * @example
 * users.mapValues((user) => user.city, { store: 'cities', value: string() })
 */
export function tableMapValues<K, V, VOut>(
  table: TableHandle<K, V>,
  mapper: TableValueMapper<K, V, VOut>,
  options: DerivedTableOptions<K, VOut> = {},
): TableHandle<K, VOut> {
  const compute = (key: K, value: V | null): VOut | null => (value === null ? null : (mapper(value, key) ?? null))
  return deriveTable(
    table,
    {
      prefix: 'KTABLE-MAPVALUES-',
      burnsStoreIndex: true,
      valueSerde: undefined,
      computation: () => ({ compute }),
      skipsNothingToNothing: false,
      computesMissing: false,
    },
    options,
  )
}
