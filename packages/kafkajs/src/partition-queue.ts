/**
 * The batches of one partition on their way to the broker: one on the wire at a time, so the order of sends is the order in
 * the log whatever fails, and the sequence is that of the oldest batch.
 *
 * A batch is repeated with the same epoch and sequence until the broker says yes or no. One that is given up while nobody
 * knows whether it was written leaves a sequence that may or may not be taken: the partition goes on in a new epoch, where
 * sequences start at 0 and the old batch is refused should it still arrive.
 */

import type { LogError, RecordBatchBuilder, SendResult, Timer } from 'millrace/log'

export interface PendingBatch {
  readonly records: RecordBatchBuilder
  readonly resolve: (result: SendResult) => void
  readonly reject: (error: LogError) => void
  readonly deadline: Timer
  /** Was on the wire and no answer came: it may be in the log. */
  uncertain: boolean
  /** The sender's promise is settled; its records are not ours any more. */
  settled: boolean
  /** The compressed records, kept for another try. */
  compressed: Buffer | undefined
}

const SEQUENCE_LIMIT = 2 ** 31

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  #batches: PendingBatch[] = []
  #onWire: PendingBatch | undefined
  #epoch: number
  #sequence = 0

  constructor(topic: string, partition: number, epoch: number) {
    this.topic = topic
    this.partition = partition
    this.#epoch = epoch
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Of the oldest batch. */
  get sequence(): number {
    return this.#sequence
  }

  get batches(): readonly PendingBatch[] {
    return this.#batches
  }

  /** The batch to send now, if any. */
  get next(): PendingBatch | undefined {
    return this.#onWire === undefined ? this.#batches[0] : undefined
  }

  isOnWire(batch: PendingBatch): boolean {
    return this.#onWire === batch
  }

  add(batch: PendingBatch): void {
    this.#batches.push(batch)
  }

  sent(batch: PendingBatch): void {
    this.#onWire = batch
  }

  /** The answer, or its absence, is there. */
  returned(): void {
    this.#onWire = undefined
  }

  succeeded(batch: PendingBatch): void {
    this.#sequence = (this.#sequence + batch.records.count) % SEQUENCE_LIMIT
    this.remove(batch)
  }

  remove(batch: PendingBatch): void {
    const index = this.#batches.indexOf(batch)
    if (index >= 0) this.#batches.splice(index, 1)
  }

  newEpoch(): void {
    this.#epoch++
    this.#sequence = 0
  }
}
