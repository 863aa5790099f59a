/**
 * The typed stores that processors see. Values are null where there is none, as in Kafka Streams; ranges are iterables in
 * the byte order of keys, read eagerly enough that writing while iterating is safe.
 */

import type { Windowed } from '../record/windowed.ts'
import type { StateStore } from './state-store.ts'

export interface ValueAndTimestamp<V> {
  readonly value: V
  readonly timestamp: number
}

/** Read-only part of a key-value store: what queries get. */
export interface ReadOnlyKeyValueStore<K, V> {
  get(key: K): V | null
  /** From and to inclusive; null: open. */
  range(from: K | null, to: K | null, options?: { reverse?: boolean }): Iterable<readonly [K, V]>
  all(options?: { reverse?: boolean }): Iterable<readonly [K, V]>
  approximateEntries(): number
}

export interface KeyValueStore<K, V> extends StateStore, ReadOnlyKeyValueStore<K, V> {
  put(key: K, value: V | null): void
  /** Puts if there is no value, and returns the one that was there. */
  putIfAbsent(key: K, value: V): V | null
  /** Removes, and returns what was there. */
  delete(key: K): V | null
}

/** The DSL's table store: each value with its timestamp. */
export interface TimestampedKeyValueStore<K, V> extends KeyValueStore<K, ValueAndTimestamp<V>>, CachedStore<K, V> {}

/** What the record cache tells downstream when it writes an entry back. */
export interface CacheFlush<K, V> {
  readonly key: K
  readonly newValue: V | null
  /** Only when old values were asked for; else null. */
  readonly oldValue: V | null
  readonly timestamp: number
}

export interface CachedStore<K, V> {
  /**
   * Makes the record cache forward through `listener` at flush. False: this store has no cache, so the caller forwards
   * each update itself. While the listener runs, the environment's record context is the entry's.
   */
  setFlushListener(listener: (flush: CacheFlush<K, V>) => void, sendOldValues: boolean): boolean
}

export interface WindowEntry<V> {
  readonly windowStart: number
  readonly value: V
}

/** A window store: key and window start to value. With `retainDuplicates` (stream joins) a put never replaces. */
export interface WindowStore<K, V> extends StateStore {
  /** A null value deletes (without duplicates). Expired windows are not stored, but logged. */
  put(key: K, value: V | null, windowStart: number): void
  fetch(key: K, windowStart: number): V | null
  /** Windows of a key whose start is within [from, to], in ascending order of start (then sequence). */
  fetchRange(key: K, from: number, to: number, options?: { reverse?: boolean }): Iterable<WindowEntry<V>>
  /** All keys' windows whose start is within [from, to], in the store's order. */
  fetchAll(from: number, to: number, options?: { reverse?: boolean }): Iterable<readonly [Windowed<K>, V]>
  /** Everything that is not expired, in the store's order. */
  all(): Iterable<readonly [Windowed<K>, V]>
}

export interface TimestampedWindowStore<K, V>
  extends WindowStore<K, ValueAndTimestamp<V>>,
    CachedStore<Windowed<K>, V> {
  /** Windows by time first, start within [from, to]: what emit-on-close walks. */
  fetchByTime(from: number, to: number): Iterable<readonly [Windowed<K>, ValueAndTimestamp<V>]>
}

export interface SessionStore<K, A> extends StateStore, CachedStore<Windowed<K>, A> {
  put(session: Windowed<K>, aggregate: A | null): void
  remove(session: Windowed<K>): void
  fetchSession(key: K, start: number, end: number): A | null
  /** Sessions of a key with end ≥ `earliestEnd` and start ≤ `latestStart`, in Kafka Streams' order (by end). */
  findSessions(key: K, earliestEnd: number, latestStart: number): Iterable<readonly [Windowed<K>, A]>
  /** All keys' sessions whose end is within [from, to], by time: what emit-on-close walks. */
  findSessionsByEnd(from: number, to: number): Iterable<readonly [Windowed<K>, A]>
  fetch(key: K): Iterable<readonly [Windowed<K>, A]>
  all(): Iterable<readonly [Windowed<K>, A]>
}

export interface VersionedRecord<V> {
  readonly value: V
  /** valid from */
  readonly timestamp: number
  /** valid to, exclusive; undefined: still the latest. */
  readonly validTo: number | undefined
}

export interface VersionedKeyValueStore<K, V> extends StateStore {
  /** Returned by `put` for the latest version (Kafka Streams' PUT_RETURN_CODE_VALID_TO_UNDEFINED). */
  readonly validToUndefined: -1
  /** Returned by `put` when nothing was stored (PUT_RETURN_CODE_NOT_PUT). */
  readonly notPut: typeof Number.MIN_SAFE_INTEGER
  /** Stores a version (null: a tombstone) and returns its valid-to, `validToUndefined` or `notPut`. */
  put(key: K, value: V | null, timestamp: number): number
  delete(key: K, timestamp: number): VersionedRecord<V> | null
  get(key: K, asOf?: number): VersionedRecord<V> | null
  /** The latest version of each key. */
  all(): Iterable<readonly [K, VersionedRecord<V>]>
}
