/**
 * What every state store has, whatever its shape: a name and a life. The task owns that life: init, restore, then for each
 * commit `flushCache` → (changelog produced and acknowledged) → `commit(offset)`.
 *
 * Law 6: between commits changes live in the overlay; the byte store below holds committed state only. A store knows
 * nothing of topics beyond its changelog sink, and nothing of processors beyond the record context it is given.
 */

import type { Clock } from '../record/clock.ts'
import type { ColumnBatch } from '../record/column-batch.ts'
import type { Headers } from '../record/headers.ts'
import type { Serde } from '../record/serde.ts'
import type { ByteStore, StoreUse } from './byte-store.ts'

/** The record being processed now, as the stores see it. The task keeps one and mutates it. */
export interface RecordContext {
  topic: string | null
  partition: number
  offset: number
  timestamp: number
  headers: Headers | undefined
  /** The record itself, if there is one: its headers may still grow while it is on its way. */
  readonly current?: { readonly headersIfAny: Headers | undefined } | undefined
}

/** Where a store's changes are logged. `key` and `value` are copied by the sink before it returns. */
export interface ChangelogSink {
  readonly topic: string
  /** `timestamp` undefined: the producer sets it (`time-ordered` buffers). */
  log(key: Uint8Array, value: Uint8Array | null, timestamp: number | undefined, headers: Headers | undefined): void
}

/** What a task gives its stores. */
export interface StoreEnvironment {
  readonly taskId: string
  /** Mutable: the cache's flush replaces it while it forwards. */
  readonly context: RecordContext
  readonly clock: Clock
  /** The task's byte store for this name; `persistent` chooses the adapter, memory otherwise. */
  openByteStore(name: string, use: StoreUse): ByteStore
  /** Instead of closing a byte store: its content may be used again. Absent: it is closed. */
  closeByteStore?(store: ByteStore): void
  /** Undefined when logging is off (or the source topic is the changelog). */
  changelog(storeName: string): ChangelogSink | undefined
  /** The topic name serdes of this store are called with: its changelog topic, logged or not. */
  changelogTopic(storeName: string): string
  /** The task's record cache, shared by its caching stores; undefined when `statestore.cache.max.bytes` is 0. */
  readonly recordCache: RecordCacheBudget | undefined
  /** The app's default serdes, for stores whose operator was given none. */
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  /** Test driver and simulator: stores give back what was serialised, deeply frozen (law 11). */
  readonly freezesValues: boolean
  /** Counts a dropped or expired record (law 10). */
  dropped(storeName: string, reason: string): void
}

/** The byte budget that the caching stores of a worker share. */
export interface RecordCacheBudget {
  readonly maxBytes: number
  /** A store's part. @param evict lets the store's eldest entry go */
  share(evict: () => void): RecordCacheShare
}

/** A store adds what its entries weigh and is asked to evict when the sum is over the budget. */
export interface RecordCacheShare {
  /** What the store's entries weigh now. */
  resize(bytes: number): void
  /** After a put: asks this store to evict, one entry at a time, while the sum is over the budget. */
  makeRoom(): void
  close(): void
}

export interface StateStore {
  readonly name: string
  init(environment: StoreEnvironment): void
  /** Writes back what the record cache holds: to the store, the changelog, and downstream through the flush listener. */
  flushCache(): void
  /** Applies a batch of the changelog. Only before processing starts, or on a standby. Does not log. */
  restore(batch: ColumnBatch): void
  /**
   * The commit succeeded: writes a part of the overlay ahead of `commit`, so that a large one does not stop the worker.
   *
   * @returns whether it did: then there is more to write; false: what is left is for `commit`
   */
  commitSlice?(): boolean
  /** The commit succeeded: the overlay becomes committed state, with the changelog offset beside it. */
  commit(changelogOffset: number | undefined): void
  /** The commit failed or the task is closed dirty: forget everything since the last commit. */
  rollback(): void
  /** Forgets everything, committed state and its offset included: it is not of this changelog. */
  forget(): void
  /** Next changelog offset to restore from; undefined: nothing is known, from the start. */
  committedOffset(): number | undefined
  /** Bytes waiting in the overlay. */
  uncommittedBytes(): number
  close(): void
}

/** A store as a topology declares it: facts, and how to make it for a task. Plain and frozen. */
export interface StoreBuilder<S extends StateStore = StateStore> {
  readonly name: string
  /** Changes are written to `<application id>-<name>-changelog`. */
  readonly logging: boolean
  readonly caching: boolean
  readonly persistent: boolean
  /** Changelog topic configuration before the user's overrides (reference 2.3), given additional retention in ms. */
  changelogConfig(additionalRetentionMs: number): Readonly<Record<string, string>>
  /** How long the store's windows or versions live, ms; undefined for plain tables. */
  readonly retentionMs?: number | undefined
  /** Versioned history, ms. */
  readonly historyRetentionMs?: number | undefined
  build(): S
}
