/**
 * Fetch, version 11: kafkajs's request, and an answer whose record sections stay bytes of one buffer. kafkajs's own parser
 * would make an object of every record, drop what a position needs (markers, batches emptied by compaction) and checks no
 * checksum.
 */

import {
  byTopic,
  type FetchAnswer,
  type FetchedPartition,
  type FetchLimits,
  type FetchTarget,
} from '@millrace/kafka-client'
import type { AbortedTransaction } from 'millrace/log'
import type { WireRequest } from './channel.ts'
import { wireCall } from './kafkajs-internals.ts'

const VERSION = 11
const NO_BYTES = Buffer.alloc(0)

export function fetchRequest(targets: readonly FetchTarget[], limits: FetchLimits): WireRequest<FetchAnswer> {
  const { request, requestTimeout } = wireCall('Fetch', VERSION, {
    maxWaitTime: limits.maxWaitMs,
    minBytes: 1,
    maxBytes: limits.maxBytes,
    isolationLevel: limits.readCommitted ? 1 : 0,
    topics: byTopic(targets, ({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      maxBytes: limits.maxPartitionBytes,
    })),
  })
  return {
    request,
    response: { decode: async (payload) => parse(payload), parse: async (decoded) => decoded as FetchAnswer },
    requestTimeout,
    logResponseError: false,
  }
}

function parse(bytes: Buffer): FetchAnswer & { clientSideThrottleTime: number } {
  let at = 0
  const int16 = (): number => {
    at += 2
    return bytes.readInt16BE(at - 2)
  }
  const int32 = (): number => {
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const int64 = (): number => int32() * 0x100000000 + (int32() >>> 0)
  const partitions: FetchedPartition[] = []
  const clientSideThrottleTime = int32()
  const errorCode = int16()
  at += 4 // session id
  for (let topics = int32(); topics > 0; topics--) {
    const length = int16()
    const topic = bytes.toString('utf8', at, at + length)
    at += length
    for (let count = int32(); count > 0; count--) {
      const partition = int32()
      const partitionError = int16()
      const highWatermark = int64()
      const lastStableOffset = int64()
      at += 8 // log start offset
      const abortedTransactions: AbortedTransaction[] = []
      for (let aborted = int32(); aborted > 0; aborted--) {
        abortedTransactions.push({ producerId: int64(), firstOffset: int64() })
      }
      at += 4 // preferred read replica
      const size = int32()
      const records = size > 0 ? bytes.subarray(at, at + size) : NO_BYTES
      at += Math.max(size, 0)
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
  }
  return { clientSideThrottleTime, errorCode, partitions }
}
