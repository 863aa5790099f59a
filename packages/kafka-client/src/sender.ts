/**
 * The port to an adapter's sender of batches. Each has its own, for what may be in flight together depends on the library's
 * connections; what both promise is here.
 *
 * Idempotent always. The order of sends to a partition is the order in its log, whatever fails. A batch is repeated with the
 * same producer id, epoch and sequence until its delivery time-out.
 */

import type { LogError, OutgoingBatch, ProducerOptions, SendResult, TopicPartition } from 'millrace/log'
import type { ProducerIdentity } from './transaction-requests.ts'

export interface Sender {
  /** Batches not settled yet. */
  readonly size: number
  /** The sequences of the transaction that ended lead nowhere: its producer needs a new epoch from the coordinator. */
  readonly lostTrack: boolean
  /** A new producer id or epoch: all sequences start again. */
  start(identity: ProducerIdentity): void
  beginTransaction(): void
  send(batch: OutgoingBatch): Promise<SendResult>
  /** Gives up all that is not settled; resolves when nothing is on the wire. */
  drop(reason: LogError): Promise<void>
  close(): Promise<void>
}

export interface SenderOptions {
  readonly transactionalId: string | undefined
  readonly compression: NonNullable<ProducerOptions['compression']>
  readonly deliveryTimeoutMs: number
  /** Partitions take part in the transaction before their first batch. */
  addPartitions(partitions: readonly TopicPartition[]): Promise<void>
}
