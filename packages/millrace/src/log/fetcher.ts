/**
 * Reading by partition and offset, without a group: tasks, restore, standbys and global tables all read through it.
 *
 * Positions advance over control records, aborted data and compaction gaps, so `nextOffset` is what to commit when all of
 * the batch is processed. The fetcher reads ahead in the background up to its byte bound, so `poll` mostly returns at once.
 */

import type { ColumnBatch } from '../record/column-batch.ts'
import type { TopicPartition } from './log.ts'

export interface FetcherOptions {
  /** Default `read_committed`. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** Upper bound of bytes one partition gives in one fetch (a single larger record still passes). Default 1 MiB. */
  readonly maxPartitionBytes?: number
  /** Upper bound of bytes of one fetch over all partitions. Default 16 MiB. */
  readonly maxBytes?: number
  /** How long the log may hold a fetch that finds nothing, ms. Default 500. */
  readonly maxWaitMs?: number
}

export interface FetchedBatch extends TopicPartition {
  readonly batch: ColumnBatch
  /** Where the next fetch continues: beyond the batch, and beyond markers and aborted records after it. */
  readonly nextOffset: number
  /** High watermark at the time of the fetch. */
  readonly endOffset: number
  /** Under read_committed the first offset not yet decided; else equal to `endOffset`. */
  readonly lastStableOffset: number
  /**
   * Says that nobody reads the batch any more, neither its bytes nor its columns, so that both may be used again. Whoever
   * does not know lets it be.
   */
  release?(): void
}

export interface Fetcher {
  /** Starts reading a partition at an offset, or moves it there; anything read ahead of it is dropped. */
  assign(partition: TopicPartition, offset: number): void
  unassign(partition: TopicPartition): void
  /** A paused partition is neither fetched nor returned. Read-ahead data is kept. */
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  /** Position of the next record `poll` would return, undefined if not assigned. */
  position(partition: TopicPartition): number | undefined
  /** End offset of the newest fetch answer, undefined before the first. */
  endOffset(partition: TopicPartition): number | undefined
  /**
   * What has arrived, at most one entry a partition; waits up to `timeoutMs` if nothing has (0: not at all). May return
   * early with an empty list when the signal aborts or `wakeUp` is called. An entry may have a batch of count 0 when only
   * the position moved.
   * @throws LogError `OFFSET_OUT_OF_RANGE` with coordinates when a position no longer exists (the caller resets it),
   * `UNKNOWN_TOPIC_OR_PARTITION`, `CORRUPT_BATCH`; connection trouble and leader changes are retried inside.
   */
  poll(timeoutMs: number, signal?: AbortSignal): Promise<FetchedBatch[]>
  /** Makes a waiting `poll` return now. */
  wakeUp(): void
  close(): Promise<void>
}
