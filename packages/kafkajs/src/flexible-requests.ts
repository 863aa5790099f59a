/**
 * Two requests beyond what kafkajs speaks, in the flexible encoding (compact strings and arrays, tagged fields): OffsetFetch 7,
 * which can wait for stable offsets, and TxnOffsetCommit 3, which carries generation and member, so that exactly once v2
 * fences by the group. kafkajs writes a header without tagged fields, so their count opens the body here.
 */

import {
  byTopic,
  type Coded,
  type FetchedOffsets,
  type GroupRequests,
  type PartitionCode,
  type TransactionRequests,
} from '@millrace/kafka-client'
import type { CommittedOffset } from 'millrace/log'
import type { WireRequest } from './channel.ts'
import { Encoder, type WireEncoder } from './kafkajs-internals.ts'

export function offsetFetchRequest({
  groupId,
  partitions,
  requireStable,
}: Parameters<GroupRequests['offsetFetch']>[0]): WireRequest<FetchedOffsets> {
  const encode = (to: WireEncoder): void => {
    to.writeUVarIntString(groupId)
    const topics = byTopic(partitions ?? [], ({ partition }) => partition)
    to.writeUVarInt(partitions === null ? 0 : topics.length + 1)
    for (const { topic, partitions: indexes } of topics) {
      to.writeUVarIntString(topic).writeUVarInt(indexes.length + 1)
      for (const index of indexes) to.writeInt32(index)
      to.writeUVarInt(0)
    }
    to.writeInt8(requireStable ? 1 : 0)
  }
  return flexible(9, 7, 'OffsetFetch', encode, (from) => {
    const offsets: (CommittedOffset & Coded)[] = []
    from.eachPartition((topic, partition) => {
      const offset = from.int64()
      from.int32() // leader epoch
      offsets.push({ topic, partition, offset, metadata: from.string() ?? '', errorCode: from.int16() })
    })
    return { offsets, errorCode: from.int16() }
  })
}

export function txnOffsetCommitRequest({
  transactionalId,
  producer,
  group,
  offsets,
}: Parameters<TransactionRequests['txnOffsetCommit']>[0]): WireRequest<readonly PartitionCode[]> {
  const encode = (to: WireEncoder): void => {
    to.writeUVarIntString(transactionalId).writeUVarIntString(group.groupId)
    to.writeInt64(String(producer.id)).writeInt16(producer.epoch).writeInt32(group.generation)
    to.writeUVarIntString(group.memberId).writeUVarIntString(group.instanceId ?? null)
    const topics = byTopic(offsets, (offset) => offset)
    to.writeUVarInt(topics.length + 1)
    for (const { topic, partitions } of topics) {
      to.writeUVarIntString(topic).writeUVarInt(partitions.length + 1)
      for (const { partition, offset, leaderEpoch, metadata } of partitions) {
        to.writeInt32(partition)
          .writeInt64(String(offset))
          .writeInt32(leaderEpoch ?? -1)
        to.writeUVarIntString(metadata).writeUVarInt(0)
      }
      to.writeUVarInt(0)
    }
  }
  return flexible(28, 3, 'TxnOffsetCommit', encode, (from) => {
    const codes: PartitionCode[] = []
    from.eachPartition((topic, partition) => codes.push({ topic, partition, errorCode: from.int16() }))
    return codes
  })
}

function flexible<T>(
  apiKey: number,
  apiVersion: number,
  apiName: string,
  encode: (to: WireEncoder) => void,
  decode: (from: FlexibleReader) => T,
): WireRequest<T> {
  return {
    request: {
      apiKey,
      apiVersion,
      apiName,
      async encode() {
        const encoder = new Encoder().writeUVarInt(0)
        encode(encoder)
        return encoder.writeUVarInt(0)
      },
    },
    response: {
      async decode(payload) {
        const from = new FlexibleReader(payload)
        from.tags()
        const clientSideThrottleTime = from.int32()
        return { clientSideThrottleTime, answer: decode(from) }
      },
      parse: async (decoded) => (decoded as { answer: T }).answer,
    },
    logResponseError: false,
  }
}

class FlexibleReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  int64(): number {
    return this.int32() * 0x100000000 + (this.int32() >>> 0)
  }

  string(): string | null {
    const length = this.#unsigned() - 1
    if (length < 0) return null
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  tags(): void {
    for (let count = this.#unsigned(); count > 0; count--) {
      this.#unsigned()
      this.#at += this.#unsigned()
    }
  }

  /** Partitions by topic; what follows each one's number is read by `take`. */
  eachPartition(take: (topic: string, partition: number) => void): void {
    for (let topics = this.#unsigned() - 1; topics > 0; topics--) {
      const topic = this.string() ?? ''
      for (let count = this.#unsigned() - 1; count > 0; count--) {
        take(topic, this.int32())
        this.tags()
      }
      this.tags()
    }
  }

  #unsigned(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
}
