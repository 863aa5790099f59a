/**
 * Writing typed records to a topic from outside a topology: input in examples, tests and small services. Keys choose the
 * partition as Kafka's own producer does, so that a topology finds them where it expects them.
 */

import { LogError } from '../record/errors.ts'
import type { Headers } from '../record/headers.ts'
import { RecordBatchBuilder } from '../record/record-batch-builder.ts'
import type { Serde } from '../record/serde.ts'
import { json } from '../record/serdes/json.ts'
import { string } from '../record/serdes/string.ts'
import type { Topic } from '../record/topic.ts'
import type { Log } from './log.ts'
import { partitionFor } from './partitioner.ts'
import type { Producer } from './producer.ts'

export interface RecordToProduce<K, V> {
  readonly key: K | null
  /** Null is a tombstone: it deletes the key in a table. */
  readonly value: V | null
  /** Event time, ms. Default: now. */
  readonly timestamp?: number
  readonly headers?: Headers
  /** Default: by the key's hash; without a key in turn. */
  readonly partition?: number
}

/** Bytes of a batch, well below the 1 MB that a log takes by default. */
const BATCH_BYTES = 256 * 1024

/**
 * Appends records to a topic and resolves when all are acknowledged. Order is kept within each partition.
 *
 * @param options `producer`: one that is initialised already; by default one is made and closed again.
 * @throws LogError if the topic does not exist, or a record is refused.
 * @example
 * await produce(log, flights, [{ key: 'DFW', value: { delay: 12 } }])
 */
export async function produce<K, V>(
  log: Log,
  topic: Topic<K, V>,
  records: Iterable<RecordToProduce<K, V>>,
  options: { readonly producer?: Producer } = {},
): Promise<void> {
  const [description] = await log.admin.describeTopics([topic.name])
  if (description === undefined) throw missingTopic(topic.name)
  const producer = options.producer ?? log.producer()
  if (options.producer === undefined) await producer.init()
  try {
    await sendAll(log, producer, topic, records, description.partitions)
  } finally {
    if (options.producer === undefined) await producer.close()
  }
}

async function sendAll<K, V>(
  log: Log,
  producer: Producer,
  topic: Topic<K, V>,
  records: Iterable<RecordToProduce<K, V>>,
  partitions: number,
): Promise<void> {
  const keySerde = topic.key ?? (string() as unknown as Serde<K>)
  const valueSerde = topic.value ?? (json() as Serde<V>)
  const { name } = topic
  const open = new Map<number, RecordBatchBuilder>()
  const sends: Promise<unknown>[] = []
  const send = (partition: number, batch: RecordBatchBuilder): void => {
    const sending = producer.send({ topic: name, partition, records: batch })
    // All are awaited below; until then a failure must not count as unhandled.
    sending.catch(() => {})
    sends.push(sending)
  }
  let keyless = 0
  for (const { key, value, timestamp, headers, partition: chosen } of records) {
    const keyBytes = key === null ? null : keySerde.encode(key, { topic: name, isKey: true, headers })
    const valueBytes = value === null ? null : valueSerde.encode(value, { topic: name, isKey: false, headers })
    const partition = chosen ?? (keyBytes === null ? keyless++ % partitions : partitionFor(keyBytes, partitions))
    let batch = open.get(partition)
    if (batch === undefined) {
      batch = new RecordBatchBuilder()
      open.set(partition, batch)
    }
    batch.append(keyBytes, valueBytes, timestamp ?? log.clock.now(), headers)
    if (batch.size >= BATCH_BYTES) {
      open.delete(partition)
      send(partition, batch)
    }
  }
  for (const [partition, batch] of open) send(partition, batch)
  await Promise.all(sends)
}

function missingTopic(name: string): Error {
  return new LogError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `The topic ${name} does not exist. Create it with log.admin.createTopics([{ name: '${name}', partitions: 1 }]).`,
    { coordinates: { topic: name } },
  )
}
