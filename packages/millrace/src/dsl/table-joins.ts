/**
 * What the joins of `KTable` accept: the joiner first and options after it, or all in one object; with a foreign key always
 * the latter. And which operator each of them means.
 */

import {
  type ForeignKeyLeftJoinOptions,
  joinOnForeignKey,
  leftJoinOnForeignKey,
} from '../operators/foreign-key-join.ts'
import { joinTables, leftJoinTables, type TableJoinOptions } from '../operators/table-table-join.ts'
import type { TableHandle } from '../plan/handles.ts'
import type { OneOrNamed } from './stream-joins.ts'

/** Joins two rows' values; null or undefined: no row in the result. */
export type RowJoiner<K, L, R, VOut> = (left: L, right: R, key: K) => VOut | null | undefined

/** Takes the joiner and the options apart, however they were given. */
export function named<Joiner extends (...values: never[]) => unknown, Options extends object>(
  joiner: OneOrNamed<Joiner, Options>,
  options: Options | undefined,
): { readonly join: Joiner; readonly rest: Options } {
  if (typeof joiner === 'function') return { join: joiner, rest: options ?? ({} as Options) }
  const { join, ...rest } = { ...options, ...joiner }
  return { join, rest: rest as unknown as Options }
}

interface Operators {
  readonly byKey: typeof leftJoinTables
  readonly byForeignKey: typeof leftJoinOnForeignKey
}

export const INNER_ROWS: Operators = {
  byKey: joinTables as typeof leftJoinTables,
  byForeignKey: joinOnForeignKey as typeof leftJoinOnForeignKey,
}
export const LEFT_ROWS: Operators = { byKey: leftJoinTables, byForeignKey: leftJoinOnForeignKey }

type AnyTable = TableHandle<never, never>
type AnyRowJoiner = RowJoiner<never, never, never, never>

/** Calls the operator that the options ask for. The overloads of `KTable` have checked the types. */
export function joinRows(
  operators: Operators,
  left: object,
  right: object,
  first: OneOrNamed<AnyRowJoiner, TableJoinOptions<never, never>>,
  options: object | undefined,
): TableHandle<unknown, unknown> {
  const [table, other] = [left as AnyTable, right as AnyTable]
  let joined: TableHandle<never, never>
  if (typeof first === 'object' && 'foreignKey' in first) {
    const all = { ...options, ...first } as unknown as ForeignKeyLeftJoinOptions<never, never, never, never, never>
    joined = operators.byForeignKey(table, other, all)
  } else {
    const { join, rest } = named(first, options as TableJoinOptions<never, never> | undefined)
    joined = operators.byKey(table, other, join as RowJoiner<never, never, never | null, never>, rest)
  }
  return joined as unknown as TableHandle<unknown, unknown>
}
