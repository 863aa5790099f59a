/**
 * One partition: sealed batches in a storage, offsets, the producers' sequences, open and aborted transactions.
 *
 * `logEnd` is the high watermark too, for there is one replica. The last stable offset is the first offset of the oldest
 * open transaction. Listeners hear of every append and every end of a transaction; they must not read from within.
 */

import type { AbortedTransaction } from '../../record/aborted-ranges.ts'
import { CRC_START, LOG_APPEND_TIME, readLastOffset, readMaxTimestamp, writeInt64 } from '../../record/batch-header.ts'
import { LogError } from '../../record/errors.ts'
import type { RecordBatchBuilder } from '../../record/record-batch-builder.ts'
import { RecordBatchDecoder } from '../../record/record-batch-decoder.ts'
import { sealBatch, transactionMarker } from '../../record/seal-batch.ts'
import type { BatchStorage, StoredRange } from './batch-storage.ts'
import type { Journal } from './journal.ts'
import { ProducerSequences } from './producer-sequences.ts'
import type { TopicConfig } from './topic-config.ts'

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequence: number
  readonly transactional: boolean
}

interface AbortedRange extends AbortedTransaction {
  /** Offset of the marker. */
  readonly lastOffset: number
}

/** What is kept of a partition beside its batches. */
interface PartitionFact {
  readonly start: number
  /** Where cleaning has removed the last batches, only this tells where the log ends. */
  readonly end: number
  readonly aborted: readonly AbortedRange[]
}

export interface PartitionListener {
  changed(): void
}

const decoder = new RecordBatchDecoder()

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly config: TopicConfig
  readonly storage: BatchStorage
  readonly listeners: Set<PartitionListener> = new Set()
  readonly #journal: Journal
  readonly #sequences: ProducerSequences = new ProducerSequences()
  readonly #open: Map<number, number> = new Map()
  #aborted: AbortedRange[] = []
  #start = 0
  #end = 0
  deleted = false

  constructor(topic: string, partition: number, config: TopicConfig, storage: BatchStorage, journal: Journal) {
    this.topic = topic
    this.partition = partition
    this.config = config
    this.storage = storage
    this.#journal = journal
    this.#end = storage.foundLastOffset + 1
    for (const [, fact] of journal.entries(this.#factName)) {
      const { start, end, aborted } = fact as PartitionFact
      this.#start = start
      this.#end = Math.max(end, this.#end)
      this.#aborted = [...aborted]
    }
  }

  get #factName(): string {
    return `partition/${this.topic}/${this.partition}/`
  }

  #note(): void {
    this.#journal.set(this.#factName, { start: this.#start, end: this.#end, aborted: this.#aborted })
  }

  /** First offset of a producer's open transaction here. */
  openSince(producerId: number): number | undefined {
    return this.#open.get(producerId)
  }

  /** A transaction that was open when the log was closed or killed. */
  reopen(producerId: number, firstOffset: number): void {
    this.#open.set(producerId, firstOffset)
  }

  get logStart(): number {
    return this.#start
  }

  get logEnd(): number {
    return this.#end
  }

  get lastStableOffset(): number {
    let stable = this.#end
    for (const first of this.#open.values()) if (first < stable) stable = first
    return stable
  }

  /**
   * Appends a built batch; gives its base offset, that of the first time for a batch that was sent before.
   * @throws LogError `MESSAGE_TOO_LARGE`, `INVALID_RECORD`, `OUT_OF_ORDER_SEQUENCE_NUMBER`, `PRODUCER_FENCED`
   */
  append(records: RecordBatchBuilder, producer: ProducerIdentity, now: number): number {
    const { topic, partition, config } = this
    const { producerId, producerEpoch, sequence, transactional } = producer
    if (records.size > config.maxMessageBytes) {
      throw new LogError(
        'MESSAGE_TOO_LARGE',
        `A batch of ${records.size} bytes for ${topic}-${partition} is larger than the topic takes ` +
          `(max.message.bytes=${config.maxMessageBytes}). Raise that, or send smaller records.`,
        { coordinates: { topic, partition } },
      )
    }
    if (records.count === 0) {
      throw new LogError('INVALID_RECORD', `An empty batch was sent to ${topic}-${partition}; leave it out.`, {
        coordinates: { topic, partition },
      })
    }
    const again = this.#sequences.duplicateOf(producerId, producerEpoch, sequence, records.count, { topic, partition })
    if (again !== undefined) return again
    const baseOffset = this.#end
    const batch = sealBatch(records, {
      baseOffset,
      producerId,
      producerEpoch,
      baseSequence: sequence,
      transactional,
      leaderEpoch: 0,
    })
    if (config.logAppendTime) {
      batch[CRC_START + 1] |= LOG_APPEND_TIME
      writeInt64(batch, 35, now)
    }
    if (config.compact) this.#refuseNullKeys(batch)
    this.storage.append(batch)
    this.#end += records.count
    this.#sequences.appended(producerId, producerEpoch, sequence, records.count, baseOffset)
    if (transactional && !this.#open.has(producerId)) this.#open.set(producerId, baseOffset)
    this.#notify()
    return baseOffset
  }

  #refuseNullKeys(batch: Buffer): void {
    const { batch: rows } = decoder.decode(batch, 0, batch.length)
    const nullKey = rows.keyLengths.subarray(0, rows.count).indexOf(-1)
    decoder.columns.recycle(rows)
    if (nullKey < 0) return
    const { topic, partition } = this
    throw new LogError(
      'INVALID_RECORD',
      `${topic} is compacted and takes no record without a key. Give each record a key.`,
      {
        coordinates: { topic, partition },
      },
    )
  }

  /** Writes the marker that ends a producer's transaction here. */
  appendMarker(producerId: number, producerEpoch: number, commit: boolean, now: number): void {
    const markerOffset = this.#end
    this.storage.append(
      transactionMarker({ baseOffset: markerOffset, producerId, producerEpoch, timestamp: now, commit }),
    )
    this.#end++
    const firstOffset = this.#open.get(producerId)
    this.#open.delete(producerId)
    if (!commit && firstOffset !== undefined) {
      this.#aborted.push({ producerId, firstOffset, lastOffset: markerOffset })
      this.#note()
    }
    this.#sequences.fence(producerId, producerEpoch)
    this.#notify()
  }

  /** @throws LogError `OFFSET_OUT_OF_RANGE` */
  read(offset: number, maxBytes: number): StoredRange | undefined {
    if (offset < this.#start || offset > this.#end) throw this.#outOfRange(offset)
    return offset === this.#end ? undefined : this.storage.read(offset, maxBytes)
  }

  #outOfRange(offset: number): LogError {
    const { topic, partition } = this
    return new LogError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${offset} of ${topic}-${partition} does not exist: the log has ${this.#start} to ${this.#end}. Reset the position.`,
      { coordinates: { topic, partition, offset } },
    )
  }

  /** Aborted transactions that reach beyond `offset`; undefined where there are none. */
  abortedFrom(offset: number): readonly AbortedRange[] | undefined {
    if (this.#aborted.length === 0) return undefined
    const touching = this.#aborted.filter(({ lastOffset }) => lastOffset >= offset)
    return touching.length === 0 ? undefined : touching
  }

  /** Aborted transactions whose last record lies before `offset` are of no interest any more. */
  forgetAborted(offset: number): void {
    this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= offset)
    this.#note()
  }

  /** Offset of the first record at or after a timestamp; -1 where there is none. */
  offsetForTimestamp(timestamp: number): number {
    for (const { bytes, start, end } of this.batches()) {
      if (readMaxTimestamp(bytes, start) < timestamp) continue
      const { batch } = decoder.decode(bytes, start, end, { fromOffset: this.#start })
      for (let row = 0; row < batch.count; row++) if (batch.timestamps[row] >= timestamp) return batch.offsets[row]
    }
    return -1
  }

  /** Drops what lies before an offset (-1: everything). */
  deleteBefore(offset: number): void {
    const from = offset === -1 ? this.#end : offset
    if (from > this.#end || from < 0) throw this.#outOfRange(offset)
    if (from <= this.#start) return
    this.#start = from
    this.storage.truncateHead(from)
    this.forgetAborted(from)
    this.#notify()
  }

  /** Every batch by itself, oldest first. */
  *batches(): Generator<StoredRange> {
    for (let offset = this.#start; ; ) {
      const range = this.storage.read(offset, 1)
      if (range === undefined) return
      yield range
      offset = readLastOffset(range.bytes, range.start) + 1
    }
  }

  #notify(): void {
    for (const listener of this.listeners) listener.changed()
  }

  /** The topic was deleted: readers must hear of it. */
  markDeleted(): void {
    this.deleted = true
    this.storage.drop()
    this.#journal.delete(this.#factName)
    this.#notify()
  }
}
