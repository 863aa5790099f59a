/**
 * How a downstream operator reads a table's current value: from its store, or computed from its parent's getter when the
 * table is virtual (a filter or mapValues without a store).
 */

import type { ValueAndTimestamp, VersionedRecord } from '../state/stores.ts'
import type { OperatorContext } from './processor-context.ts'

export interface ValueGetter<K, V> {
  init(context: OperatorContext): void
  get(key: K): ValueAndTimestamp<V> | null
  /** As of a time; only where `isVersioned`. */
  getAsOf?(key: K, asOf: number): VersionedRecord<V> | null
  readonly isVersioned: boolean
}

export interface ValueGetterSupplier<K, V> {
  get(): ValueGetter<K, V>
  /** Stores the reading node must be connected to. */
  readonly storeNames: readonly string[]
}
