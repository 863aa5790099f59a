/**
 * Buffers that hold records back until event time has passed: `suppress` keeps the last change of each key, the
 * stream–table join with grace keeps every record.
 *
 * Both belong to the task's commit: what they hold is logged so that a restart holds the same. Evicting hands out the
 * record with the context it came with; what is done with it is the operator's business.
 */

import type { Headers } from '../record/headers.ts'
import type { RecordContext, StateStore } from './state-store.ts'

/** A change as the buffers take it: `Change` of the processors is one. */
export interface BufferedChange<V> {
  readonly newValue: V | null
  readonly oldValue: V | null
}

/** What a buffer lets go of. */
export interface Eviction<K, T> {
  readonly key: K
  readonly value: T
  /** The record's own context: its timestamp, headers, topic, partition and offset. */
  readonly context: Readonly<RecordContext>
}

interface Buffer<K, T> extends StateStore {
  /**
   * Lets records go, oldest first, while `predicate` holds. It is asked once before the first and then before each, with
   * `records`, `bytes` and `minTimestamp` as they are then.
   */
  evictWhile(predicate: () => boolean, evict: (eviction: Eviction<K, T>) => void): void
  /** How many records are held. */
  readonly records: number
  /** Their size as Kafka Streams counts it: what `maxBytes` limits. */
  readonly bytes: number
  /** The smallest buffer time held; Infinity when empty. */
  readonly minTimestamp: number
}

/** The value a buffered key had when it was first buffered: `defined` is false when the key is not buffered. */
export type PriorValue<V> =
  | { readonly defined: true; readonly value: V | null }
  | { readonly defined: false; readonly value: null }

/** `suppress`: at most one change a key, at the time it was first buffered at. */
export interface ChangeBuffer<K, V> extends Buffer<K, BufferedChange<V>> {
  /** Keeps a change in its key's place, or at `time` where the key is new. The context is copied. */
  put(time: number, key: K, change: BufferedChange<V>, context: Readonly<RecordContext>): void
  priorValueForBuffered(key: K): PriorValue<V>
}

/** The stream side of a stream–table join with grace: every record, by timestamp. */
export interface StreamBuffer<K, V> extends Buffer<K, V> {
  /**
   * Keeps a record until stream time − grace reaches it. False: it is older than that already, and was not kept; the
   * caller handles it at once. `context.timestamp` is the record's.
   */
  put(key: K, value: V, context: Readonly<RecordContext>): boolean
}

/** A copy of a mutable record context, for keeping. */
export function copyContext(
  context: Readonly<RecordContext>,
  headers: Headers | undefined = context.headers,
): RecordContext {
  const { topic, partition, offset, timestamp } = context
  return { topic, partition, offset, timestamp, headers }
}
