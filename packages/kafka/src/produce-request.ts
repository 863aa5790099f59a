/**
 * Produce, version 9, by hand: sealed batches go onto the wire as they are. All in-sync replicas acknowledge.
 * Version 9 is below those that mean transaction protocol 2, which this adapter does not speak yet.
 */

import { Writer } from '@platformatic/kafka'
import type { ConnectionRequest } from './channel.ts'
import { rawRequest } from './raw-request.ts'
import { WireReader } from './wire-reader.ts'

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
  readonly errorMessage: string | null
}

const ALL_IN_SYNC = -1

export function produceRequest(
  transactionalId: string | undefined,
  timeoutMs: number,
  targets: readonly ProduceTarget[],
): ConnectionRequest<ProduceAnswer[]> {
  return rawRequest({ key: 0, version: 9, payload: () => payload(transactionalId, timeoutMs, targets), parse })
}

function payload(transactionalId: string | undefined, timeoutMs: number, targets: readonly ProduceTarget[]): Writer {
  const byTopic = Map.groupBy(targets, (target) => target.topic)
  return Writer.create()
    .appendString(transactionalId ?? null)
    .appendInt16(ALL_IN_SYNC)
    .appendInt32(timeoutMs)
    .appendArray([...byTopic], (writer, [topic, partitions]) => {
      writer.appendString(topic).appendArray(partitions, (inner, { partition, batch }) => {
        inner
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.length + 1)
          .append(batch)
      })
    })
    .appendTaggedFields()
}

function parse(body: Buffer): ProduceAnswer[] {
  const reader = new WireReader(body)
  const answers: ProduceAnswer[] = []
  for (let topics = reader.arrayLength(); topics > 0; topics--) {
    const topic = reader.string()
    for (let count = reader.arrayLength(); count > 0; count--) {
      const partition = reader.int32()
      const errorCode = reader.int16()
      const baseOffset = reader.int64()
      reader.skip(8 + 8) // log append time, log start offset
      for (let errors = reader.arrayLength(); errors > 0; errors--) {
        reader.skip(4)
        reader.nullableString()
        reader.tags()
      }
      answers.push({ topic, partition, errorCode, baseOffset, errorMessage: reader.nullableString() })
      reader.tags()
    }
    reader.tags()
  }
  return answers
}
