/**
 * Fetch, version 12, by hand: the request by topic name, and an answer whose record sections stay bytes of one buffer.
 * The client's own parser would make an object of every record.
 */

import type { FetchAnswer, FetchedPartition, FetchLimits, FetchTarget } from '@millrace/kafka-client'
import { Writer } from '@platformatic/kafka'
import type { AbortedTransaction } from 'millrace/log'
import type { AnswerBuffer, AnswerBuffers } from './answer-buffers.ts'
import type { ConnectionRequest } from './channel.ts'
import { rawRequest } from './raw-request.ts'
import { WireReader } from './wire-reader.ts'

const NO_BYTES = Buffer.alloc(0)

export function fetchRequest(
  targets: readonly FetchTarget[],
  limits: FetchLimits,
  buffers: AnswerBuffers,
): ConnectionRequest<FetchAnswer> {
  return rawRequest({
    key: 1,
    version: 12,
    payload: () => payload(targets, limits),
    parse: (body, whole) => parse(body, whole as AnswerBuffer),
    buffers,
  })
}

function payload(targets: readonly FetchTarget[], limits: FetchLimits): Writer {
  const byTopic = Map.groupBy(targets, (target) => target.topic)
  return Writer.create()
    .appendInt32(-1) // replica id: a consumer
    .appendInt32(limits.maxWaitMs)
    .appendInt32(1) // min bytes
    .appendInt32(limits.maxBytes)
    .appendInt8(limits.readCommitted ? 1 : 0)
    .appendInt32(0) // no fetch session
    .appendInt32(-1)
    .appendArray([...byTopic], (writer, [topic, partitions]) => {
      writer.appendString(topic).appendArray(partitions, (inner, target) => {
        inner
          .appendInt32(target.partition)
          .appendInt32(target.leaderEpoch)
          .appendInt64(BigInt(target.offset))
          .appendInt32(-1) // last fetched epoch
          .appendInt64(-1n) // log start offset
          .appendInt32(limits.maxPartitionBytes)
      })
    })
    .appendArray([], () => {})
    .appendString('')
    .appendTaggedFields()
}

function parse(body: Buffer, buffer: AnswerBuffer): FetchAnswer {
  const reader = new WireReader(body)
  reader.skip(4) // throttle time
  const errorCode = reader.int16()
  reader.skip(4) // session id
  const partitions: FetchedPartition[] = []
  for (let topics = reader.arrayLength(); topics > 0; topics--) {
    const topic = reader.string()
    for (let count = reader.arrayLength(); count > 0; count--) {
      const partition = reader.int32()
      const partitionError = reader.int16()
      const highWatermark = reader.int64()
      const lastStableOffset = reader.int64()
      reader.skip(8) // log start offset
      const abortedTransactions: AbortedTransaction[] = []
      for (let aborted = reader.arrayLength(); aborted > 0; aborted--) {
        abortedTransactions.push({ producerId: reader.int64(), firstOffset: reader.int64() })
        reader.tags()
      }
      reader.skip(4) // preferred read replica
      const records = reader.bytes() ?? NO_BYTES
      reader.tags()
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        lastStableOffset,
        abortedTransactions,
        records,
      })
    }
    reader.tags()
  }
  return { errorCode, partitions, buffer }
}
