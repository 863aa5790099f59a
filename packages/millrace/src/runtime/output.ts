/**
 * A worker's output on its way to the log: batches that are full go out while processing goes on, everything goes out and
 * is awaited at a commit. Remembers, per changelog partition, the offset after the last acknowledged record: that is what
 * a store's content corresponds to after the commit.
 */

import type { OutgoingBatch, Producer } from '../log/producer.ts'
import type { Clock } from '../record/clock.ts'
import { LogError } from '../record/errors.ts'
import type { BatchingCollector } from './record-collector.ts'
import type { Refusals } from './refusals.ts'

export interface OutputOptions {
  /** Makes the worker's producer; again where one was fenced for good. */
  createProducer(): Producer
  readonly collector: BatchingCollector
  readonly clock: Clock
  readonly lingerMs: number
  readonly transactional: boolean
  readonly refusals: Refusals
  dropped(topic: string, count: number): void
}

/** Bytes on their way above which processing waits. */
const MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024

/** Share of the linger after which output is due: rounds come late, and `linger.ms` is the longest that it may wait. */
const DUE = 0.95

export class Output {
  readonly #options: OutputOptions
  readonly #inFlight = new Set<Promise<void>>()
  readonly #endOffsets = new Map<string, number>()
  #producer: Producer
  #inFlightBytes = 0
  #failure: unknown
  #lastSweepMs: number
  #inTransaction = false

  constructor(options: OutputOptions) {
    this.#options = options
    this.#producer = options.createProducer()
    this.#lastSweepMs = options.clock.monotonic()
  }

  get producer(): Producer {
    return this.#producer
  }

  /** Sends what is full, or everything once it has lingered. Never waits. @throws what an earlier send failed with. */
  sendReady(): void {
    if (this.#failure !== undefined) throw this.#failure
    const { collector, clock, lingerMs } = this.#options
    const now = clock.monotonic()
    const dueMs = DUE * lingerMs
    const lateMs = now - this.#lastSweepMs - dueMs
    if (collector.pendingBytes === 0 && !collector.hasFullBatches) {
      if (lateMs >= 0) this.#lastSweepMs = now
      return
    }
    if (lateMs >= 0) {
      // The next one is due as if this had been in time: else all output waits for what each was late besides.
      this.#lastSweepMs = lateMs < dueMs ? now - lateMs : now
      this.#send(collector.takeAll())
    } else if (collector.hasFullBatches) this.#send(collector.takeFull())
  }

  /** Until `sendReady` has something to send, ms; infinite where nothing waits. */
  get readyInMs(): number {
    const { collector, clock, lingerMs } = this.#options
    if (collector.hasFullBatches) return 0
    if (collector.pendingBytes === 0) return Number.POSITIVE_INFINITY
    return this.#lastSweepMs + DUE * lingerMs - clock.monotonic()
  }

  /** True when so much is on its way that processing should wait for some of it. */
  get congested(): boolean {
    return this.#inFlightBytes > MAX_IN_FLIGHT_BYTES
  }

  /** Resolves when something on its way arrived. */
  async drainSome(): Promise<void> {
    if (this.#inFlight.size > 0) await Promise.race(this.#inFlight)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Sends everything and waits until all of it is acknowledged. */
  async flush(): Promise<void> {
    this.#send(this.#options.collector.takeAll())
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight)
    if (this.#failure !== undefined) throw this.#failure
  }

  get inTransaction(): boolean {
    return this.#inTransaction
  }

  /** Opens a transaction if none is open. */
  ensureTransaction(): void {
    if (!this.#options.transactional || this.#inTransaction) return
    this.#producer.begin()
    this.#inTransaction = true
  }

  /** Everything sent so far is committed. */
  committed(): void {
    this.#inTransaction = false
    this.#endOffsets.clear()
  }

  /** Offset after the last record of a partition acknowledged since the last commit; undefined if there was none. */
  endOffset(topic: string, partition: number): number | undefined {
    return this.#endOffsets.get(`${topic}-${partition}`)
  }

  /** Waits for what is on its way, whatever becomes of it, and forgets the rest and the failure. */
  async discard(): Promise<void> {
    this.#options.collector.clear()
    await Promise.allSettled(this.#inFlight)
    this.#failure = undefined
    this.#endOffsets.clear()
  }

  /**
   * Forgets everything and gets a producer that may write: what it left open is aborted. A fenced one is replaced, for the
   * transactional id is this worker's alone.
   */
  async restart(): Promise<void> {
    await this.discard()
    this.#inTransaction = false
    try {
      await this.#producer.init()
    } catch (error) {
      if (!(error instanceof LogError) || !error.fatal) throw error
      await this.#producer.close().catch(() => {})
      this.#producer = this.#options.createProducer()
      await this.#producer.init()
    }
  }

  #send(batches: readonly OutgoingBatch[]): void {
    if (batches.length === 0) return
    this.ensureTransaction()
    for (const batch of batches) {
      const size = batch.records.size
      const count = batch.records.count
      this.#inFlightBytes += size
      const sending: Promise<void> = this.#producer
        .send(batch)
        .then(
          ({ baseOffset }) => {
            this.#endOffsets.set(`${batch.topic}-${batch.partition}`, baseOffset + count)
            this.#options.collector.recycle(batch.records)
          },
          (error: unknown) => this.#failed(error, batch),
        )
        .finally(() => {
          this.#inFlightBytes -= size
          this.#inFlight.delete(sending)
        })
      this.#inFlight.add(sending)
    }
  }

  #failed(error: unknown, batch: OutgoingBatch): void {
    const { refusals, dropped } = this.#options
    let failure: unknown
    try {
      failure = refusals.failureOf(error, batch)
    } catch (ofHandler) {
      failure = ofHandler
    }
    if (failure === undefined) dropped(batch.topic, batch.records.count)
    else this.#failure ??= failure
  }
}
