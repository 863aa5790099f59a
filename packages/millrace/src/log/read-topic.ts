/**
 * Reading a topic's typed records from outside a topology: results in examples, tests and small services.
 */

import { LogError } from '../record/errors.ts'
import type { Headers } from '../record/headers.ts'
import { headersOf } from '../record/row-headers.ts'
import type { Serde } from '../record/serde.ts'
import { json } from '../record/serdes/json.ts'
import { string } from '../record/serdes/string.ts'
import type { Topic } from '../record/topic.ts'
import type { FetchedBatch } from './fetcher.ts'
import type { Log } from './log.ts'

export interface TopicRecord<K, V> {
  readonly key: K | null
  readonly value: V | null
  readonly timestamp: number
  readonly headers: Headers | undefined
  readonly partition: number
  readonly offset: number
}

export interface ReadOptions {
  /** Default `earliest`. */
  readonly from?: 'earliest' | 'latest'
  /** Keep waiting for new records until the signal aborts. Default false: end where the topic ends now. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/**
 * The committed records of a topic, in order within each partition.
 *
 * @throws LogError if the topic does not exist; SerdeError if its serdes cannot read it.
 * @example
 * for await (const { key, value } of readTopic(log, counts)) console.log(key, value)
 */
export async function* readTopic<K, V>(
  log: Log,
  topic: Topic<K, V>,
  options: ReadOptions = {},
): AsyncGenerator<TopicRecord<K, V>, void, undefined> {
  const { signal } = options
  const [description] = await log.admin.describeTopics([topic.name])
  if (description === undefined) {
    throw new LogError('UNKNOWN_TOPIC_OR_PARTITION', `The topic ${topic.name} does not exist; nothing can be read.`, {
      coordinates: { topic: topic.name },
    })
  }
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({
    topic: topic.name,
    partition,
  }))
  const [starts, ends] = await Promise.all([
    log.admin.listOffsets(partitions, options.from ?? 'earliest'),
    log.admin.listOffsets(partitions, 'latest', 'read_committed'),
  ])
  const unfinished = new Map(ends.map(({ partition, offset }) => [partition, offset]))
  const fetcher = log.fetcher()
  try {
    for (const { partition, offset } of starts) {
      const done = offset >= (unfinished.get(partition) ?? 0)
      if (done) unfinished.delete(partition)
      if (!done || options.follow === true) fetcher.assign({ topic: topic.name, partition }, offset)
    }
    while ((options.follow === true || unfinished.size > 0) && signal?.aborted !== true) {
      for (const fetched of await fetcher.poll(500, signal)) {
        yield* rows(topic, fetched)
        if (fetched.nextOffset >= (unfinished.get(fetched.partition) ?? 0)) unfinished.delete(fetched.partition)
      }
    }
  } finally {
    await fetcher.close()
  }
}

function* rows<K, V>(topic: Topic<K, V>, { batch, partition }: FetchedBatch): Generator<TopicRecord<K, V>> {
  const keySerde = topic.key ?? (string() as unknown as Serde<K>)
  const valueSerde = topic.value ?? (json() as Serde<V>)
  for (let row = 0; row < batch.count; row++) {
    const headers = headersOf(batch, row)
    const decode = <T>(serde: Serde<T>, start: number, length: number, isKey: boolean): T | null =>
      length < 0 ? null : serde.decode(batch.bytes, start, start + length, { topic: topic.name, isKey, headers })
    yield {
      key: decode(keySerde, batch.keyStarts[row], batch.keyLengths[row], true),
      value: decode(valueSerde, batch.valueStarts[row], batch.valueLengths[row], false),
      timestamp: batch.timestamps[row],
      headers,
      partition,
      offset: batch.offsets[row],
    }
  }
}
