/**
 * The callbacks of aggregations, as users write them. They must not change what they are given (law 11); a result of
 * undefined counts as null, and null deletes: the key's next record starts from the initialiser again.
 */

import { deepFreeze } from '../record/deep-freeze.ts'

/** Makes the aggregate that a key's first record is added to. */
export type Initializer<A> = () => A

/** The aggregate with a value added, or taken away (subtractors). */
export type Aggregator<K, V, A> = (aggregate: A, value: V, key: K) => A | null | undefined

/** Two values made one; the first is the older. */
export type Reducer<V> = (aggregate: V, value: V) => V | null | undefined

/** Two sessions' aggregates made one; the first is of the earlier sessions. */
export type Merger<K, A> = (aggregate: A, other: A, key: K) => A | null | undefined

/** What an aggregation of a stream is made of. */
export interface AggregateFunctions<K, V, A> {
  /** Undefined: a reduction, the first value is stored as it is. */
  readonly init: Initializer<A> | undefined
  readonly add: Aggregator<K, V, A>
  /** Sessions only. */
  readonly merge?: Merger<K, A> | undefined
}

/** A reduction as an aggregation. Windows hand the reducer null values too, as Kafka Streams does. */
export function reduceFunctions<K, V>(reduce: Reducer<V>): AggregateFunctions<K, V, V> {
  return {
    init: undefined,
    add: (aggregate, value) => (aggregate === null ? value : reduce(aggregate, value)),
    merge: (aggregate, other) => (aggregate === null ? other : reduce(aggregate, other)),
  }
}

/** Counting as an aggregation. */
export const countFunctions: AggregateFunctions<unknown, unknown, number> = {
  init: () => 0,
  add: (count) => count + 1,
  merge: (count, other) => count + other,
}

/**
 * The aggregate that a first record is added to; null for reductions. In the test driver it is frozen, so that a callback
 * that changes it fails at the first record.
 */
export function initial<A>(
  functions: Pick<AggregateFunctions<never, never, A>, 'init'>,
  context: { readonly freezesValues: boolean },
): A {
  const { init } = functions
  if (init === undefined) return null as A
  const value = init() ?? (null as A)
  return context.freezesValues ? deepFreeze(value) : value
}
