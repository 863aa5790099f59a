/**
 * Where records leave a task: serialises, chooses the partition, appends to the collector. With a default partitioner the
 * partition is murmur2 of the key's bytes (of the inner key's for windowed keys), as Kafka's producer has it, so that the
 * output of a Java twin lands in the same partitions.
 */

import { partitionFor, partitionForText } from '../log/partitioner.ts'
import type { SinkSpec, StreamPartitioner, TopicExtractor } from '../plan/topology.ts'
import { SerdeError } from '../record/errors.ts'
import type { Headers } from '../record/headers.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { RecordCollector } from './record-collector.ts'
import type { Runner } from './runner.ts'

export interface SinkRunnerOptions {
  readonly spec: SinkSpec
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly collector: RecordCollector
  readonly task: string
  /** From logical to the cluster's topic name. */
  physical(topic: string): string
  dropped(node: string, reason: string): void
}

export class SinkRunner implements Runner {
  readonly name: string
  readonly #options: SinkRunnerOptions
  readonly #fixedTopic: string | undefined
  #nextKeyless = 0

  constructor(options: SinkRunnerOptions) {
    this.name = options.spec.name
    this.#options = options
    this.#fixedTopic = typeof options.spec.topic === 'string' ? options.physical(options.spec.topic) : undefined
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const { spec, collector } = this.#options
    const topic = this.#fixedTopic ?? (spec.topic as TopicExtractor<unknown, unknown>)(record)
    const headers = record.headersIfAny
    const key = record.key == null ? null : this.#encode(record.key, this.#options.keySerde, topic, true, headers)
    const value =
      record.value == null ? null : this.#encode(record.value, this.#options.valueSerde, topic, false, headers)
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
    const hashed = inner === undefined ? key : inner.encode(record.key, { topic, isKey: true })
    return typeof hashed === 'string' ? partitionForText(hashed, count) : partitionFor(hashed, count)
  }

  #encode(
    value: unknown,
    serde: Serde<unknown>,
    topic: string,
    isKey: boolean,
    headers: Headers | undefined,
  ): Uint8Array | string {
    try {
      // Text is written into the batch without an intermediate buffer.
      if (serde.text !== undefined) return serde.text(value)
      return serde.encode(value, { topic, isKey, headers })
    } catch (cause) {
      const part = isKey ? 'key' : 'value'
      throw new SerdeError(
        `Sink ${this.name} cannot write a ${part} to ${topic} with the serde ${serde.name}: ` +
          `${cause instanceof Error ? cause.message : String(cause)}. Give the topic a ${part} serde for what arrives there.`,
        { cause, coordinates: { topic, task: this.#options.task, operator: this.name } },
      )
    }
  }
}
