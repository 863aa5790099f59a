/** What the joins of `KTable` accept: the joiner first and options after it, or all in one object. */

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
