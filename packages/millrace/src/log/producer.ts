/**
 * Writing: built batches to explicit partitions, idempotent, optionally in transactions.
 *
 * Order per partition is the order of `send` calls. A batch is retried with the same producer id, epoch and sequence until
 * its delivery time-out. When the end of a transaction is unknown (`TRANSACTION_STATE_UNKNOWN`), the only way on is
 * `init()` again (law 9).
 */

import type { RecordBatchBuilder } from '../record/record-batch-builder.ts'
import type { GroupMetadata, OffsetToCommit } from './group.ts'
import type { TopicPartition } from './log.ts'

export interface ProducerOptions {
  /** Makes the producer transactional: needs `capabilities.transactions` other than `none`. */
  readonly transactionalId?: string
  /** Broker aborts a transaction open longer than this, ms. Default 10,000. */
  readonly transactionTimeoutMs?: number
  /** Default `none`. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** A send fails after this, ms, retries included. Default 120,000. */
  readonly deliveryTimeoutMs?: number
}

/** A finished batch; the builder must not be touched again until the send settles. */
export interface OutgoingBatch extends TopicPartition {
  readonly records: RecordBatchBuilder
}

export interface SendResult extends TopicPartition {
  /** Offset of the batch's first record. */
  readonly baseOffset: number
}

export interface Producer {
  /**
   * Gets a producer id; with a transactional id it fences older producers of that id and aborts what they left open.
   * Must be awaited before the first send, and again after `TRANSACTION_STATE_UNKNOWN`.
   */
  init(): Promise<void>
  /** Opens a transaction; no request is made until something is sent. */
  begin(): void
  /**
   * Sends one batch; resolves when acknowledged by all in-sync replicas.
   * @throws LogError `MESSAGE_TOO_LARGE` (with topic and partition), `PRODUCER_FENCED` (fatal), `DELIVERY_TIMEOUT`, …
   */
  send(batch: OutgoingBatch): Promise<SendResult>
  /**
   * Adds the group's offsets to the transaction. Not for a plain producer.
   * @throws LogError `ILLEGAL_GENERATION` or `REBALANCE_IN_PROGRESS`: none was taken. The transaction stays open: it takes the
   * offsets under a newer generation in which the member still has their partitions, or ends in `abort`, but does not commit
   * without them. `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`, `PRODUCER_FENCED`, …: it can only be aborted.
   */
  sendOffsets(group: GroupMetadata, offsets: readonly OffsetToCommit[]): Promise<void>
  /** Ends the transaction; all sends must have settled. Throws `TRANSACTION_STATE_UNKNOWN` if the answer was lost. */
  commit(): Promise<void>
  abort(): Promise<void>
  close(): Promise<void>
}
