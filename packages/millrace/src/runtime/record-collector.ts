/**
 * Where a task's output goes: sinks and changelogs append here, synchronously, straight into the batch being built for
 * each partition (law 3). The worker takes finished batches and sends them; the test driver has a collector of its own.
 *
 * Order per partition is the order of `append`. Nothing here waits or knows of acknowledgements.
 */

import type { OutgoingBatch } from '../log/producer.ts'
import type { Clock } from '../record/clock.ts'
import type { Headers } from '../record/headers.ts'
import { RecordBatchBuilder } from '../record/record-batch-builder.ts'
import type { RecordLimits } from './record-limits.ts'

export interface RecordCollector {
  /** `timestamp` undefined: now. Key and value are copied (or written) before this returns. */
  append(
    topic: string,
    partition: number,
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    timestamp: number | undefined,
    headers: Headers | undefined,
  ): void
  /** Partition count of a topic; throws if the topic is not known to exist. */
  partitionCount(topic: string): number
}

interface OpenBatch {
  readonly topic: string
  readonly partition: number
  builder: RecordBatchBuilder
  /** Bytes it should not exceed. */
  readonly limit: number
}

/** Room for the record that makes a batch full, so that its buffer need not grow for it. */
const LAST_RECORD_BYTES = 8 * 1024
/** Buffers kept for the next batches, at most. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024

export class BatchingCollector implements RecordCollector {
  readonly #limits: RecordLimits
  readonly #clock: Clock
  readonly #partitionCount: (topic: string) => number
  readonly #open = new Map<string, (OpenBatch | undefined)[]>()
  /** Builders whose batches have arrived. New buffers would each be garbage outside the heap, which V8 collects at its dearest. */
  readonly #spare: RecordBatchBuilder[] = []
  #spareBytes = 0
  #full: OutgoingBatch[] = []
  #bytes = 0
  /** Records appended, ever: a metric. */
  appended = 0

  /** @param limits how large a batch may get; a record that is larger goes alone */
  constructor(options: { limits: RecordLimits; clock: Clock; partitionCount: (topic: string) => number }) {
    this.#limits = options.limits
    this.#clock = options.clock
    this.#partitionCount = options.partitionCount
  }

  partitionCount(topic: string): number {
    return this.#partitionCount(topic)
  }

  append(
    topic: string,
    partition: number,
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    timestamp: number | undefined,
    headers: Headers | undefined,
  ): void {
    let partitions = this.#open.get(topic)
    if (partitions === undefined) this.#open.set(topic, (partitions = []))
    let open = partitions[partition]
    const length = (key?.length ?? 0) + (value?.length ?? 0)
    if (open !== undefined && open.builder.size + length > open.limit) {
      this.#full.push({ topic, partition, records: open.builder })
      open = undefined
    }
    if (open === undefined) {
      const limit = this.#limits.batchBytes(topic)
      open = partitions[partition] = { topic, partition, builder: this.#builder(), limit }
      this.#bytes += open.builder.size
    }
    const builder = open.builder
    const before = builder.size
    builder.append(key, value, timestamp ?? this.#clock.now(), headers)
    this.#bytes += builder.size - before
    this.appended++
    if (builder.size >= open.limit) {
      this.#full.push({ topic, partition, records: builder })
      partitions[partition] = undefined
    }
  }

  /** Takes back a builder whose batch is acknowledged: nobody reads it any more. */
  recycle(builder: RecordBatchBuilder): void {
    if (this.#spareBytes + builder.capacity > MAX_SPARE_BYTES) return
    builder.reset()
    this.#spare.push(builder)
    this.#spareBytes += builder.capacity
  }

  #builder(): RecordBatchBuilder {
    const spare = this.#spare.pop()
    if (spare === undefined) return new RecordBatchBuilder((this.#limits.batchSize + LAST_RECORD_BYTES) >>> 2)
    this.#spareBytes -= spare.capacity
    return spare
  }

  /** Bytes appended and not yet taken. */
  get pendingBytes(): number {
    return this.#bytes
  }

  get hasFullBatches(): boolean {
    return this.#full.length > 0
  }

  /** Batches that are full; they are the caller's now. */
  takeFull(): OutgoingBatch[] {
    const full = this.#full
    this.#full = []
    for (const batch of full) this.#bytes -= batch.records.size
    return full
  }

  /** Everything, in an order that keeps each partition's. */
  takeAll(): OutgoingBatch[] {
    const all = this.#full
    this.#full = []
    for (const partitions of this.#open.values()) {
      for (let partition = 0; partition < partitions.length; partition++) {
        const open = partitions[partition]
        if (open === undefined) continue
        partitions[partition] = undefined
        all.push({ topic: open.topic, partition, records: open.builder })
      }
    }
    this.#bytes = 0
    return all
  }

  /** Forgets what was not taken: the transaction was aborted or the tasks were lost. */
  clear(): void {
    this.takeAll()
  }
}
