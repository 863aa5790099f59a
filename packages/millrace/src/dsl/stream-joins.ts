/**
 * What `KStream.join` and `leftJoin` accept: a stream, a table or a global table, each with its own options, and which
 * operator each of them means.
 */

import type { GlobalTableLeftJoinOptions } from '../operators/stream-global-table-join.ts'
import { joinGlobalTable, leftJoinGlobalTable } from '../operators/stream-global-table-join.ts'
import type { StreamJoinOptions } from '../operators/stream-join-stores.ts'
import { joinStreams, leftJoinStreams } from '../operators/stream-stream-join.ts'
import type { StreamTableJoinOptions } from '../operators/stream-table-join.ts'
import { joinTable, leftJoinTable } from '../operators/stream-table-join.ts'
import type { GlobalTableHandle, StreamHandle, TableHandle } from '../plan/handles.ts'

/** Joins a left value (never null) with a right one. Undefined counts as null. */
export type Pair<K, L, R, VOut> = (left: NonNullable<L>, right: R, key: K) => VOut | undefined

export type OuterPair<K, L, R, VOut> = (
  left: NonNullable<L> | null,
  right: NonNullable<R> | null,
  key: K,
) => VOut | undefined

/** Options of a stream–stream join, the joiner among them. */
export type JoinOfStreams<K, L, R, Joiner> = StreamJoinOptions<K, L, R> & { readonly join: Joiner }

/** One function: given first, options after it, or by its name among the options. */
export type OneOrNamed<Joiner, Options> = Joiner | (Options & { readonly join: Joiner })

export interface Joinable {
  readonly handle:
    | StreamHandle<never, never>
    | TableHandle<never, never>
    | GlobalTableHandle<never, never>
    | { readonly kind: 'stream' | 'table' | 'global-table' }
}

type AnyStream = StreamHandle<never, never>
type AnyJoiner = (left: never, right: never, key: never) => never

interface Operators {
  readonly streams: typeof joinStreams
  readonly table: typeof joinTable
  readonly globalTable: typeof joinGlobalTable
}

export const INNER: Operators = { streams: joinStreams, table: joinTable, globalTable: joinGlobalTable }
export const LEFT: Operators = {
  streams: leftJoinStreams as typeof joinStreams,
  table: leftJoinTable as typeof joinTable,
  globalTable: leftJoinGlobalTable as typeof joinGlobalTable,
}

/** Calls the operator that the other side's kind asks for. The overloads of `KStream` have checked the types. */
export function joinAny<K>(
  operators: Operators,
  left: StreamHandle<K, unknown>,
  other: Joinable,
  first: AnyJoiner | { readonly join: AnyJoiner },
  options: object = {},
): StreamHandle<K, unknown> {
  const stream = left as unknown as AnyStream
  const { join, ...rest } = typeof first === 'function' ? { join: first, ...options } : { ...options, ...first }
  const { handle } = other
  let joined: StreamHandle<never, unknown>
  if (handle.kind === 'stream') {
    joined = operators.streams(stream, handle as AnyStream, join, rest as StreamJoinOptions<never, never, never>)
  } else if (handle.kind === 'table') {
    const table = handle as TableHandle<never, never>
    joined = operators.table(stream, table, join, rest as StreamTableJoinOptions<never, never>)
  } else {
    const all = { ...rest, join } as unknown as GlobalTableLeftJoinOptions<never, never, never, never, never>
    joined = operators.globalTable(stream, handle as GlobalTableHandle<never, never>, all)
  }
  return joined as unknown as StreamHandle<K, unknown>
}
