/**
 * What the tests on a real broker share: the run's one broker, logs on it, names nobody else uses, and reading a topic to
 * its end.
 */

import { randomUUID } from 'node:crypto'
import { kafkaJsLog } from '@millrace/kafkajs'
import { sharedKafka } from '@millrace/testing'
import {
  type Fetcher,
  type FetcherOptions,
  headersOf,
  type Log,
  RecordBatchBuilder,
  type TopicPartition,
} from 'millrace/log'
import { describe } from 'vitest'

const brokers = await sharedKafka()

/** `describe` where there is a broker; elsewhere the reason is on stderr (with REQUIRE_KAFKA=1 it is an error). */
export const describeOnKafka: typeof describe = describe.runIf(brokers !== undefined) as typeof describe

export const address: string = brokers?.[0] ?? ''

export function openLog(): Log {
  return kafkaJsLog({ brokers: address, clientId: 'millrace-kafkajs-test' })
}

export function fresh(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`
}

export async function freshTopic(
  log: Log,
  name: string,
  config: Record<string, string> = {},
  partitions = 1,
): Promise<string> {
  const topic = fresh(name)
  await log.admin.createTopics([{ name: topic, partitions, config: { 'retention.ms': '-1', ...config } }])
  return topic
}

export interface ReadRow {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: Record<string, string>
}

/** Reads a partition from `from` until the position is `until`. */
export async function readUntil(
  log: Log,
  { topic, partition }: TopicPartition,
  until: number,
  options?: FetcherOptions & { from?: number },
): Promise<ReadRow[]> {
  const fetcher: Fetcher = log.fetcher(options)
  const rows: ReadRow[] = []
  try {
    fetcher.assign({ topic, partition }, options?.from ?? 0)
    for (let next = options?.from ?? 0; next < until; ) {
      for (const { batch, nextOffset } of await fetcher.poll(1000)) {
        for (let row = 0; row < batch.count; row++) {
          const text = (start: number, length: number): string | null =>
            length < 0 ? null : batch.bytes.toString('utf8', start, start + length)
          rows.push({
            offset: batch.offsets[row],
            key: text(batch.keyStarts[row], batch.keyLengths[row]),
            value: text(batch.valueStarts[row], batch.valueLengths[row]),
            timestamp: batch.timestamps[row],
            headers: Object.fromEntries(
              [...(headersOf(batch, row) ?? [])].map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]),
            ),
          })
        }
        next = nextOffset
      }
    }
  } finally {
    await fetcher.close()
  }
  return rows
}

/** A batch of records with these values, keys and timestamps counting up. */
export function batchOf(values: readonly string[]): RecordBatchBuilder {
  const builder = new RecordBatchBuilder()
  for (const [index, value] of values.entries()) builder.append(`key-${index}`, value, 1000 + index, undefined)
  return builder
}
