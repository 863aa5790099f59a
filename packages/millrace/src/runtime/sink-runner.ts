/**
 * Where records leave a task: serialises, chooses the partition, appends to the collector. With a default partitioner the
 * partition is murmur2 of the key's bytes (of the inner key's for windowed keys), as Kafka's producer has it, so that the
 * output of a Java twin lands in the same partitions.
 *
 * A record that cannot be serialised or is too large is asked about here, before it is part of a batch or a transaction, with
 * the source record at hand for the dead letter topic.
 */

import { partitionFor, partitionForText } from '../log/partitioner.ts'
import type { SinkSpec, StreamPartitioner, TopicExtractor } from '../plan/topology.ts'
import { type MillraceError, SerdeError, StreamsError } from '../record/errors.ts'
import type { Headers } from '../record/headers.ts'
import { singleRecordBatchSize } from '../record/record-batch-builder.ts'
import type { BorrowingEncoder, Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { ProductionHandler } from './error-handlers.ts'
import type { RecordCollector } from './record-collector.ts'
import type { Runner } from './runner.ts'
import type { TaskRecordContext } from './task-record-context.ts'

export interface SinkRunnerOptions {
  readonly spec: SinkSpec
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly collector: RecordCollector
  readonly task: string
  /** From logical to the cluster's topic name. */
  physical(topic: string): string
  readonly recordContext: TaskRecordContext
  readonly onProductionError: ProductionHandler
  readonly deadLetters: DeadLetters | undefined
  /** Bytes of the largest record that a topic takes, its batch's header included. */
  recordLimit(topic: string): number
  dropped(node: string, reason: string): void
}

/** Header and lengths of a batch with one record are surely below this. */
const OVERHEAD = 128

export class SinkRunner implements Runner {
  readonly name: string
  readonly #options: SinkRunnerOptions
  readonly #fixedTopic: string | undefined
  readonly #keyEncoder: BorrowingEncoder<unknown> | undefined
  readonly #valueEncoder: BorrowingEncoder<unknown> | undefined
  #nextKeyless = 0

  constructor(options: SinkRunnerOptions) {
    this.name = options.spec.name
    this.#options = options
    this.#keyEncoder = options.keySerde.encoder?.(0)
    this.#valueEncoder = options.valueSerde.encoder?.(0)
    this.#fixedTopic = typeof options.spec.topic === 'string' ? options.physical(options.spec.topic) : undefined
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const { spec, collector } = this.#options
    const topic = this.#fixedTopic ?? (spec.topic as TopicExtractor<unknown, unknown>)(record)
    const headers = record.headersIfAny
    let key: Uint8Array | string | null = null
    let value: Uint8Array | string | null = null
    try {
      if (record.key != null) key = this.#encode(record.key, this.#options.keySerde, topic, true, headers)
      if (record.value != null) value = this.#encode(record.value, this.#options.valueSerde, topic, false, headers)
    } catch (error) {
      this.#refused(error as SerdeError, 'unserializable')
      return
    }
    const limit = this.#options.recordLimit(topic)
    // A UTF-16 unit is at most three bytes: most records need no closer look.
    if (headers !== undefined || OVERHEAD + 3 * ((key?.length ?? 0) + (value?.length ?? 0)) > limit) {
      const size = singleRecordBatchSize(key, value, headers)
      if (size > limit) {
        this.#refused(this.#tooLarge(topic, size, limit), 'too-large')
        return
      }
    }
    const count = collector.partitionCount(topic)
    const partitioner = spec.partitioner as StreamPartitioner<unknown, unknown> | undefined
    const chosen = partitioner?.(topic, record.key, record.value, count)
    if (chosen === undefined) {
      const partition = count === 1 ? 0 : this.#defaultPartition(record, key, topic, count)
      collector.append(topic, partition, key, value, record.timestamp, headers)
    } else if (typeof chosen === 'number') {
      collector.append(topic, chosen, key, value, record.timestamp, headers)
    } else if (chosen.length === 0) {
      this.#options.dropped(this.name, 'partitioner')
    } else {
      for (const partition of chosen) collector.append(topic, partition, key, value, record.timestamp, headers)
    }
  }

  #defaultPartition(
    record: StreamRecord<unknown, unknown>,
    key: Uint8Array | string | null,
    topic: string,
    count: number,
  ): number {
    if (key === null) return this.#nextKeyless++ % count
    const inner = this.#options.spec.partitionKeySerde
    const hashed =
      inner === undefined ? key : (inner.text?.(record.key) ?? inner.encode(record.key, { topic, isKey: true }))
    return typeof hashed === 'string' ? partitionForText(hashed, count) : partitionFor(hashed, count)
  }

  /** What it gives is good until the next record. */
  #encode(
    value: unknown,
    serde: Serde<unknown>,
    topic: string,
    isKey: boolean,
    headers: Headers | undefined,
  ): Uint8Array | string {
    try {
      const borrowed = (isKey ? this.#keyEncoder : this.#valueEncoder)?.write(value)
      if (borrowed !== undefined) return borrowed
      // Text is written into the batch without an intermediate buffer.
      if (serde.text !== undefined) return serde.text(value)
      return serde.encode(value, { topic, isKey, headers })
    } catch (cause) {
      const part = isKey ? 'key' : 'value'
      throw new SerdeError(
        `Sink ${this.name} cannot write a ${part} to ${topic} with the serde ${serde.name}: ` +
          `${cause instanceof Error ? cause.message : String(cause)}. Give the topic a ${part} serde for what arrives there.`,
        { cause, coordinates: this.#coordinates() },
      )
    }
  }

  #tooLarge(topic: string, size: number, limit: number): StreamsError {
    return new StreamsError(
      'MILLRACE_RECORD_TOO_LARGE',
      `Sink ${this.name} cannot write a record of ${size} bytes to ${topic}: at most ${limit} are taken. Write smaller records, ` +
        "raise maxRequestSize and the topic's max.message.bytes, or let productionExceptionHandler skip such records.",
      { coordinates: this.#coordinates() },
    )
  }

  /** The source record's, as Kafka Streams has it. */
  #coordinates(): { topic?: string; partition: number; offset: number; task: string; operator: string } {
    const { topic, partition, offset } = this.#options.recordContext
    return { ...(topic === null ? {} : { topic }), partition, offset, task: this.#options.task, operator: this.name }
  }

  #refused(error: MillraceError, reason: string): void {
    const { onProductionError, deadLetters, recordContext, dropped } = this.#options
    const answer = onProductionError(error)
    // Another attempt would write the same.
    if (answer === 'fail' || answer === 'retry') throw error
    if (answer === 'dead-letter') {
      const { sourceBatch: batch, sourceRow: row } = recordContext
      deadLetters?.send(batch === undefined ? undefined : { batch, row }, error)
    }
    dropped(this.name, reason)
  }
}
