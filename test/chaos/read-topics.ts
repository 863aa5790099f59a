/**
 * Reads whole topics, read-committed, with kafkajs. A last record is written to every partition first, and a partition has been
 * read when it is seen: so nothing depends on how end offsets count markers and aborted records.
 */

import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'

export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: Buffer
  readonly value: Buffer | null
  readonly timestamp: number
}

/** Records by topic, each partition's in order, partition after partition. */
export type TopicContents = ReadonlyMap<string, readonly (readonly ReadRecord[])[]>

const END_KEY = '__end-of-topic'

/** @throws Error if some partition is not read to its end in time (a transaction left open would be a reason). */
export async function readTopics(
  kafka: Kafka,
  topics: readonly string[],
  partitions: number,
  timeoutMs: number,
): Promise<TopicContents> {
  await writeEnds(kafka, topics, partitions)
  const contents = new Map(topics.map((topic) => [topic, Array.from({ length: partitions }, (): ReadRecord[] => [])]))
  const open = new Set(topics.flatMap((topic) => Array.from({ length: partitions }, (_, each) => `${topic}-${each}`)))
  const consumer = kafka.consumer({ groupId: `verifier-${randomUUID()}`, readUncommitted: false, maxWaitTimeInMs: 200 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    const done = Promise.withResolvers<void>()
    const timer = setTimeout(
      () => done.reject(new Error(`not read to the end within ${timeoutMs} ms: ${[...open].join(', ')}`)),
      timeoutMs,
    )
    consumer.on('consumer.crash', ({ payload }) => done.reject(payload.error))
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (message.key?.toString() === END_KEY) {
          open.delete(`${topic}-${partition}`)
          if (open.size === 0) done.resolve()
          return
        }
        contents.get(topic)![partition].push({
          partition,
          offset: Number(message.offset),
          key: message.key ?? Buffer.alloc(0),
          value: message.value,
          timestamp: Number(message.timestamp),
        })
      },
    })
    try {
      await done.promise
    } finally {
      clearTimeout(timer)
    }
  } finally {
    await consumer.disconnect()
  }
  return contents
}

async function writeEnds(kafka: Kafka, topics: readonly string[], partitions: number): Promise<void> {
  const producer = kafka.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  })
  await producer.connect()
  await producer.sendBatch({
    topicMessages: topics.map((topic) => ({
      topic,
      messages: Array.from({ length: partitions }, (_, partition) => ({ key: END_KEY, value: '', partition })),
    })),
  })
  await producer.disconnect()
}
