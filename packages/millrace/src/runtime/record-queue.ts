/**
 * One input partition's fetched and not yet processed records: batches stay columns, only the head record is decoded.
 *
 * The head is decoded and its time extracted when it becomes the head, as in Kafka Streams, since queues are chosen by
 * their heads' times. A record that cannot be decoded, or whose time is negative, is skipped by policy and counted; the
 * committed offset moves over it.
 */

import type { FetchedBatch } from '../log/fetcher.ts'
import type { SourceSpec } from '../plan/topology.ts'
import type { Clock } from '../record/clock.ts'
import type { ColumnBatch } from '../record/column-batch.ts'
import { SerdeError, StreamsError } from '../record/errors.ts'
import { Headers } from '../record/headers.ts'
import { headersOf } from '../record/row-headers.ts'
import type { Serde } from '../record/serde.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { DeadLetters, SourceRow } from './dead-letters.ts'
import type { DeserializationHandler } from './error-handlers.ts'
import type { SourceRunner } from './source-runner.ts'

export interface RecordQueueOptions {
  readonly topic: string
  readonly partition: number
  readonly task: string
  readonly spec: SourceSpec
  readonly source: SourceRunner
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly clock: Clock
  readonly onDeserializationError: DeserializationHandler
  readonly deadLetters: DeadLetters | undefined
  dropped(node: string, reason: string): void
}

export class RecordQueue {
  readonly topic: string
  readonly partition: number
  readonly source: SourceRunner
  /** Highest time taken from here; -1 unknown. */
  partitionTime = -1
  /** The head's time; -1 when there is no head to process. */
  headTimestamp = -1
  headOffset = -1
  /** Records waiting, the head included. */
  size = 0
  /** Bytes of the batches waiting. */
  bytes = 0
  /** The next offset to fetch after everything added so far. */
  nextFetchOffset = -1
  #head: StreamRecord<unknown, unknown> | undefined
  #headBatch: ColumnBatch | undefined
  #headIndex = -1
  #batches: FetchedBatch[] = []
  /** Row after the head in the first batch. */
  #row = 0
  /** Offset to commit: everything before it is processed. */
  #committable = -1
  /** A batch whose last record may still be in process. */
  #leaving: FetchedBatch | undefined
  readonly #reusesBuffers: boolean
  readonly #options: RecordQueueOptions
  readonly #keyContext: { topic: string; isKey: true; headers: Headers | undefined }
  readonly #valueContext: { topic: string; isKey: false; headers: Headers | undefined }

  constructor(options: RecordQueueOptions) {
    this.topic = options.topic
    this.partition = options.partition
    this.source = options.source
    this.#options = options
    this.#reusesBuffers = options.keySerde.decodesCopies === true && options.valueSerde.decodesCopies === true
    this.#keyContext = { topic: options.topic, isKey: true, headers: undefined }
    this.#valueContext = { topic: options.topic, isKey: false, headers: undefined }
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** Offset to commit if it moved since the task began; everything before it is processed. */
  get committable(): number {
    return this.#committable
  }

  add(fetched: FetchedBatch): void {
    this.nextFetchOffset = fetched.nextOffset
    if (fetched.batch.count === 0) {
      if (this.size === 0) this.#committable = fetched.nextOffset
      else this.#batches.push(fetched)
      return
    }
    this.#batches.push(fetched)
    this.size += fetched.batch.count
    this.bytes += fetched.batch.bytes.length
    if (this.#head === undefined && this.headOffset === -1) this.#advance()
  }

  /** Where the record at the head lies in its batch. */
  get headBatch(): ColumnBatch | undefined {
    return this.#headBatch
  }

  get headIndex(): number {
    return this.#headIndex
  }

  /**
   * Takes the head; undefined if it was a record to be skipped. Only when not empty. What was taken before is done with: its
   * batch may be used again.
   */
  poll(): StreamRecord<unknown, unknown> | undefined {
    const head = this.#head
    if (this.#leaving !== undefined) this.#release()
    if (head !== undefined && this.headTimestamp > this.partitionTime) this.partitionTime = this.headTimestamp
    this.size--
    this.#advance()
    return head
  }

  #release(): void {
    this.#leaving?.release?.()
    this.#leaving = undefined
  }

  clear(): void {
    this.#leaving = undefined
    this.#batches = []
    this.#row = 0
    this.#head = undefined
    this.headOffset = -1
    this.headTimestamp = -1
    this.size = 0
    this.bytes = 0
  }

  /** Moves to the next record that can be processed; a run of skipped records at the end leaves a head that is skipped. */
  #advance(): void {
    this.#head = undefined
    this.headTimestamp = -1
    for (;;) {
      const first = this.#batches[0]
      if (first === undefined) {
        this.headOffset = -1
        return
      }
      if (this.#row >= first.batch.count) {
        this.#batches.shift()
        // The record that is being taken may lie in the batch left first, never in those behind it.
        if (this.#reusesBuffers) {
          if (this.#leaving === undefined) this.#leaving = first
          else first.release?.()
        }
        this.bytes -= first.batch.bytes.length
        this.#row = 0
        this.#committable = first.nextOffset
        continue
      }
      const row = this.#row++
      this.headOffset = first.batch.offsets[row]
      this.#committable = this.headOffset
      const head = this.#decode(first, row)
      if (head !== undefined) {
        this.#head = head
        this.#headBatch = first.batch
        this.#headIndex = row
        this.headTimestamp = head.timestamp
        return
      }
      // The last record there is stays as a head to be skipped, so that its offset is committed (as in Kafka Streams).
      if (this.#row >= first.batch.count && this.#batches.length === 1) return
      this.size--
    }
  }

  #decode({ batch }: FetchedBatch, row: number): StreamRecord<unknown, unknown> | undefined {
    const options = this.#options
    const headers = batch.headerCounts[row] === 0 ? undefined : headersOf(batch, row)
    this.#keyContext.headers = headers
    this.#valueContext.headers = headers
    let key: unknown = null
    let value: unknown = null
    try {
      const keyLength = batch.keyLengths[row]
      if (keyLength >= 0) {
        const start = batch.keyStarts[row]
        key = options.keySerde.decode(batch.bytes, start, start + keyLength, this.#keyContext)
      }
      const valueLength = batch.valueLengths[row]
      if (valueLength >= 0) {
        const start = batch.valueStarts[row]
        value = options.valueSerde.decode(batch.bytes, start, start + valueLength, this.#valueContext)
      }
    } catch (cause) {
      return this.#undecodable(cause, { batch, row })
    }
    const timestamp = this.#extract(key, value, batch.timestamps[row], headers)
    return timestamp < 0 ? undefined : new StreamRecord(key, value, timestamp, headers)
  }

  #undecodable(cause: unknown, source: SourceRow): undefined {
    const { spec, task } = this.#options
    const coordinates = {
      topic: this.topic,
      partition: this.partition,
      offset: this.headOffset,
      task,
      operator: spec.name,
    }
    const error = new SerdeError(
      `Cannot decode the record at ${this.topic}-${this.partition}@${this.headOffset} (source ${spec.name}): ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Give the topic the serdes it was written with, or set ` +
        "deserializationExceptionHandler to 'continue' to skip such records.",
      { cause, coordinates },
    )
    const answer = this.#options.onDeserializationError(error)
    if (answer === 'fail') throw error
    if (answer === 'dead-letter') this.#options.deadLetters?.send(source, error)
    this.#options.dropped(spec.name, 'undecodable')
    return undefined
  }

  #extract(key: unknown, value: unknown, recordTime: number, headers: Headers | undefined): number {
    const { spec, clock, task } = this.#options
    const extractor = spec.timestampExtractor
    let timestamp = recordTime
    if (extractor !== undefined) {
      const input = {
        key,
        value,
        timestamp: recordTime,
        topic: this.topic,
        partition: this.partition,
        offset: this.headOffset,
        headers: headers ?? new Headers(),
      }
      timestamp = extractor.extract(input, this.partitionTime, clock.now())
    } else if (recordTime < 0) {
      throw new StreamsError(
        'MILLRACE_INVALID_TIMESTAMP',
        `The record at ${this.topic}-${this.partition}@${this.headOffset} has the negative timestamp ${recordTime}. Give the ` +
          'source a timestampExtractor that takes the time from elsewhere, or logAndSkipOnInvalidTimestamp() to drop it.',
        { coordinates: { topic: this.topic, partition: this.partition, offset: this.headOffset, task } },
      )
    }
    if (timestamp < 0) this.#options.dropped(spec.name, 'negative-timestamp')
    return timestamp
  }
}
