/**
 * How large a record and a batch may be, topic by topic: what the configuration says, and what the log has taught since.
 *
 * A topic's `max.message.bytes` is known by its refusals only. A batch of several records that was refused makes the next ones of
 * that topic half as large; a record that was refused by itself is a bound for those that follow, so that the next attempt
 * meets it where it is written, with its source record at hand and before a transaction is spoilt by it.
 */

export class RecordLimits {
  readonly batchSize: number
  readonly #maxRequestSize: number
  readonly #batches = new Map<string, number>()
  readonly #records = new Map<string, number>()

  /**
   * @param batchSize bytes a batch should not exceed
   * @param maxRequestSize bytes a record may have, as the only one of its batch
   */
  constructor(batchSize: number, maxRequestSize: number) {
    this.batchSize = batchSize
    this.#maxRequestSize = maxRequestSize
  }

  /** Bytes at which a batch is full. */
  batchBytes(topic: string): number {
    return this.#batches.get(topic) ?? this.batchSize
  }

  /** Bytes of the largest record that may be written, with its batch's header. */
  recordBytes(topic: string): number {
    return this.#records.get(topic) ?? this.#maxRequestSize
  }

  /** A batch of several records was too large. */
  refusedBatch(topic: string, size: number): void {
    this.#batches.set(topic, Math.min(this.batchBytes(topic), size) >>> 1)
  }

  /** A record was too large, alone in its batch. */
  refusedRecord(topic: string, size: number): void {
    this.#records.set(topic, Math.min(this.recordBytes(topic), size - 1))
  }
}
