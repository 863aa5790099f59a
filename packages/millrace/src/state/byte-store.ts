/**
 * The one state port (law 4): an ordered map of bytes to bytes, synchronous. Adapters: memory here, `@millrace/rocksdb`,
 * `@millrace/lmdb`. Window, session and versioned stores are key encodings over it; caches and the changelog are layers.
 *
 * A byte store is written only by `write`: an atomic batch with the changelog offset it brings the store to. A commit is one of
 * them, or several of which only the last moves the offset.
 * Keys order as unsigned bytes. Returned arrays belong to the caller's turn: copy to keep, never change them.
 */

import type { ChangeBatch } from './offheap/change-batch.ts'
import type { ValueView } from './value-view.ts'

export type ByteChange = readonly [key: Uint8Array, value: Uint8Array | null]

export interface RangeOptions {
  /** First key, inclusive. Default: the first there is. */
  readonly from?: Uint8Array | undefined
  /** Last key, exclusive. Default: beyond the last. */
  readonly to?: Uint8Array | undefined
  readonly reverse?: boolean
}

/**
 * The same store with keys as byte strings: one UTF-16 unit (0–255) a byte, ordered alike. A store that keeps its keys so
 * offers it, and the layers above, which do too, save a conversion for each operation.
 */
export interface ByteStringAccess {
  getString(key: string): Uint8Array | undefined
  rangeStrings(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
  ): Iterable<readonly [string, Uint8Array]>
  writeStrings(changes: Iterable<readonly [string, Uint8Array | null]>, changelogOffset: number | undefined): void
  /** Present where values are kept as bytes: shows one where it lies, until the next write. @param hash `hashOfString` of the key */
  viewString?(key: string, hash: number, view: ValueView): boolean
  /** Present where a batch of changes is written as it is. */
  writeBatch?(batch: ChangeBatch, changelogOffset: number | undefined): void
  /** Present where all of the store is in memory: its keys, in any order. */
  keys?(): Iterable<string>
}

export interface ByteStore {
  readonly name: string
  /** Present where the store keys by byte strings. */
  readonly strings?: ByteStringAccess | undefined
  readonly persistent: boolean
  /** All of it is in memory, kept on disk or not: opening it anew takes time. Default: what is not persistent. */
  readonly inMemory?: boolean | undefined
  /** How many changes a write should have at most, so that it takes no longer than some 10 ms. Default 8,192. */
  readonly sliceOfWrite?: number | undefined
  get(key: Uint8Array): Uint8Array | undefined
  /** Entries in key order; a snapshot or live view, but valid only until the next `write`. */
  range(options?: RangeOptions): Iterable<readonly [Uint8Array, Uint8Array]>
  /** Applies changes atomically, with the offset. Deleting what is not there is no error. */
  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void
  /** Drops a key range cheaply: expired segments. */
  deleteRange(from: Uint8Array, to: Uint8Array): void
  /** The offset the last `write` brought; undefined if none or if the content cannot be trusted. */
  changelogOffset(): number | undefined
  approximateEntries(): number
  /** Forgets everything, offset included. */
  clear(): void
  close(): void
}

/** What a store's declaration says of how it is used: a byte store may be made for it. */
export interface StoreUse {
  /** Kept by the app's factory; false: in memory. */
  readonly persistent: boolean
  /** Ranges are read in normal operation, not only by queries. */
  readonly ordered: boolean
  /** Keys begin with a segment of eight bytes, by which they expire. Default false. */
  readonly segmented?: boolean | undefined
}

/** Opens byte stores for a task; what `stateStores: rocksdb({…})` in an app's configuration is. */
export interface ByteStoreFactory {
  readonly name: string
  /**
   * For stores that cannot be opened synchronously: called when an app starts, before any `open`. What it gives is disposed
   * of when the app has ended and its stores are closed.
   */
  prepare?(options: { applicationId: string; stateDir: string }): Promise<AsyncDisposable>
  open(options: {
    applicationId: string
    taskId: string
    storeName: string
    stateDir: string
    use?: StoreUse
  }): ByteStore
  /** Removes a task's files. @throws MillraceError if any of its stores is open */
  destroy?(options: { applicationId: string; taskId: string; stateDir: string }): void
  /**
   * Tasks that have files here and that nobody has open, in no thread and no process: what an app may `destroy` after
   * `stateCleanupDelayMs`. Called after `prepare`. Left out: an app removes nothing by itself.
   */
  idleTasks?(options: { applicationId: string; stateDir: string }): string[]
  /**
   * Removes the files of all tasks, while nothing is prepared: `app.cleanUp()`.
   * @throws MillraceError if anyone has any of it open, naming who
   */
  cleanUp?(options: { applicationId: string; stateDir: string }): void
}
