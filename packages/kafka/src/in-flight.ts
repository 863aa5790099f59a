/**
 * The batches of one partition on their way to the broker: their order, their sequence numbers, and what to do when one
 * fails.
 *
 * Sequences are given at the first transmission, in order. A batch whose fate is unknown keeps its sequence for ever; one the
 * broker surely refused may get another. After any failure the partition sends nothing until all of its requests have come
 * back, and then starts again with the oldest batch alone, so the order of sends is the order in the log.
 */

import type { LogError, RecordBatchBuilder, SendResult, Timer } from 'millrace/log'

export interface PendingBatch {
  readonly records: RecordBatchBuilder
  readonly resolve: (result: SendResult) => void
  readonly reject: (error: LogError) => void
  readonly deadline: Timer
  /** Set at the first transmission. */
  sequence: number
  producerEpoch: number
  /** On the wire now. */
  inFlight: boolean
  /** Was on the wire and no answer came: it may be in the log. */
  uncertain: boolean
  /** Why it must fail once nothing of its partition is on the wire: refused by the broker, or its delivery time is over. */
  failure: LogError | undefined
  /** The compressed records, kept for another try. */
  compressed: Buffer | undefined
}

const SEQUENCE_LIMIT = 2 ** 31

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  #batches: PendingBatch[] = []
  #nextSequence = 0
  #inFlight = 0
  /**
   * Only the oldest may be sent until it has succeeded: after a failure, and at first, since a broker that does not know a
   * producer yet takes any sequence, so a second batch could overtake a lost first one.
   */
  #oneByOne = true
  #connection: object | undefined
  /** The epoch whose sequences count here. */
  epoch = -1

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get size(): number {
    return this.#batches.length
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Whether some batch is not on the wire. */
  get waiting(): boolean {
    return this.#batches.length > this.#inFlight
  }

  add(batch: PendingBatch): void {
    this.#batches.push(batch)
  }

  batches(): readonly PendingBatch[] {
    return this.#batches
  }

  /** The batch to send next, if one may be sent now. What is in flight together must be on one connection. */
  next(connection?: object): PendingBatch | undefined {
    if (this.#inFlight > 0 && (this.#oneByOne || this.#connection !== connection)) return undefined
    if (this.#batches.some((each) => each.failure !== undefined)) return undefined
    return this.#batches.find((each) => !each.inFlight)
  }

  /** Marks a batch as being on the wire; gives it a sequence if it has none. */
  sent(batch: PendingBatch, epoch: number, connection?: object): void {
    if (batch.sequence < 0) {
      // A newer epoch starts only when nothing of the older one is left: the broker refuses the older after the newer.
      if (this.epoch !== epoch && !this.#batches.some((each) => each.sequence >= 0)) {
        this.epoch = epoch
        this.#nextSequence = 0
        this.#oneByOne = true
      }
      batch.sequence = this.#nextSequence
      batch.producerEpoch = this.epoch
      this.#nextSequence = (this.#nextSequence + batch.records.count) % SEQUENCE_LIMIT
    }
    batch.inFlight = true
    this.#connection = connection
    this.#inFlight++
  }

  /** The answer (or its absence) is there. */
  returned(batch: PendingBatch): void {
    batch.inFlight = false
    this.#inFlight--
  }

  succeeded(batch: PendingBatch): void {
    this.#remove(batch)
    if (this.#batches[0]?.uncertain !== true) this.#oneByOne = false
  }

  /** To be sent again, oldest first. */
  again(): void {
    this.#oneByOne = true
  }

  /** The broker surely did not append it: later ones move up in sequence. Call only with nothing in flight. */
  refused(batch: PendingBatch): void {
    this.#remove(batch)
    if (batch.sequence < 0) return
    let sequence = batch.sequence
    for (const later of this.#batches) {
      if (later.sequence < 0) break
      later.sequence = sequence
      sequence = (sequence + later.records.count) % SEQUENCE_LIMIT
    }
    this.#nextSequence = sequence
  }

  /** Takes out all batches that were ever sent: their sequences lead nowhere any more. */
  takeSent(): PendingBatch[] {
    const sent = this.#batches.filter((batch) => batch.sequence >= 0)
    this.#batches = this.#batches.filter((batch) => batch.sequence < 0)
    return sent
  }

  /** What was sent, none of it in the log for sure, gets sequences of a new epoch. */
  forgetSequences(): void {
    for (const batch of this.#batches) batch.sequence = -1
  }

  takeAll(): PendingBatch[] {
    const all = this.#batches
    this.#batches = []
    return all
  }

  #remove(batch: PendingBatch): void {
    const index = this.#batches.indexOf(batch)
    if (index >= 0) this.#batches.splice(index, 1)
  }
}
