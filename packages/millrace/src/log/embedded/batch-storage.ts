/**
 * Where a partition's sealed batches lie: what the embedded log needs of memory or of a disk, and no more.
 *
 * Batches come with their final headers and in offset order; a storage reads nothing of them but offsets and length.
 */

/** Whole batches back to back in `bytes[start..end)`. The bytes never change afterwards. */
export interface StoredRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface BatchStorage {
  /** Bytes of all batches. */
  readonly size: number
  /** Offset of the last record stored when it was opened; -1 if there was none. */
  readonly foundLastOffset: number
  /** Copies a sealed batch to the end. */
  append(batch: Uint8Array): void
  /**
   * Batches from the one that holds `offset`, or the first after it: as many as fit into `maxBytes` and lie together, one
   * at least. Undefined where there is none.
   */
  read(offset: number, maxBytes: number): StoredRange | undefined
  /** Drops the batches that lie wholly before `offset`. */
  truncateHead(offset: number): void
  /** Puts other batches in the place of those that lie wholly before `offset` (compaction). */
  replaceHead(offset: number, batches: readonly Uint8Array[]): void
  /** The partition is gone: forgets everything. */
  drop(): void
}
