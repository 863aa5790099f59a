/**
 * Produce, version 7: sealed batches go onto the wire as they are, and kafkajs's answer. kafkajs's own request makes batches of
 * message objects, which cannot say -1 for "no timestamp" nor keep the order of headers. All in-sync replicas acknowledge.
 */

import { byTopic } from '@millrace/kafka-client'
import type { WireRequest } from './channel.ts'
import { Encoder, type WireEncoder, wireCall } from './kafkajs-internals.ts'

export interface ProduceTarget {
  readonly topic: string
  readonly partition: number
  /** One whole record batch. */
  readonly batch: Buffer
}

export interface ProduceAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
}

interface DecodedAnswer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly errorCode: number
      readonly baseOffset: string
    }[]
  }[]
}

const VERSION = 7
const ALL_IN_SYNC = -1

export function produceRequest(
  transactionalId: string | undefined,
  timeoutMs: number,
  /** Called once, when the request is written. */
  targets: () => readonly ProduceTarget[],
): WireRequest<ProduceAnswer[]> {
  const { request, response } = wireCall('Produce', VERSION, { acks: ALL_IN_SYNC, timeout: timeoutMs, topicData: [] })
  return {
    request: { ...request, encode: async () => encode(transactionalId, timeoutMs, targets()) },
    response: {
      decode: (payload) => response.decode(payload),
      parse: async (decoded) =>
        (decoded as DecodedAnswer).topics.flatMap(({ topicName: topic, partitions }) =>
          partitions.map(({ partition, errorCode, baseOffset }) => ({
            topic,
            partition,
            errorCode,
            baseOffset: Number(baseOffset),
          })),
        ),
    },
    logResponseError: false,
  }
}

function encode(
  transactionalId: string | undefined,
  timeoutMs: number,
  targets: readonly ProduceTarget[],
): WireEncoder {
  const topics = byTopic(targets, (target) => target)
  const size = targets.reduce((sum, { topic, batch }) => sum + batch.length + topic.length + 32, 256)
  const encoder = new Encoder(size)
    .writeString(transactionalId ?? null)
    .writeInt16(ALL_IN_SYNC)
    .writeInt32(timeoutMs)
    .writeInt32(topics.length)
  for (const { topic, partitions } of topics) {
    encoder.writeString(topic).writeInt32(partitions.length)
    for (const { partition, batch } of partitions) encoder.writeInt32(partition).writeBytes(batch)
  }
  return encoder
}
