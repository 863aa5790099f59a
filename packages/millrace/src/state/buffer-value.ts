/**
 * What a buffer holds for a record, and its bytes: format 3 of suppression changelogs (reference 2.7), the only one
 * written. Formats 0, 1 and 2 are read, and so is the format 3 that Kafka Streams 2.4.0 to 2.5.0 tagged as 2.
 */

import { ByteReader } from '../record/byte-reader.ts'
import { ByteWriter } from '../record/byte-writer.ts'
import { SerdeError } from '../record/errors.ts'
import { type Header, Headers } from '../record/headers.ts'
import type { RecordContext } from './state-store.ts'

export interface BufferValue {
  /** The value before the first change that was buffered. */
  readonly prior: Uint8Array | null
  readonly old: Uint8Array | null
  readonly new: Uint8Array | null
  readonly context: Readonly<RecordContext>
}

const NULL = -1
const SAME_AS_PRIOR = -2

/** The bytes, with the buffer time behind them unless it is undefined. */
export function encodeBufferValue(value: BufferValue, bufferTime: number | undefined): Uint8Array {
  const { prior, old, context } = value
  const context3 = encodeContext(context)
  const same = old !== null && prior !== null && Buffer.compare(prior, old) === 0
  const size =
    context3.length +
    4 +
    (prior?.length ?? 0) +
    4 +
    (same ? 0 : (old?.length ?? 0)) +
    4 +
    (value.new?.length ?? 0) +
    (bufferTime === undefined ? 0 : 8)
  const writer = new ByteWriter(size).raw(context3).sized(prior)
  if (same) writer.int32(SAME_AS_PRIOR)
  else writer.sized(old)
  writer.sized(value.new)
  if (bufferTime !== undefined) writer.int64(bufferTime)
  return writer.bytes
}

/** Reads one value; what is behind it (the buffer time) stays in the reader. */
export function decodeBufferValue(reader: ByteReader): BufferValue {
  const context = decodeContext(reader)
  const prior = reader.sized()
  const oldLength = reader.int32()
  const old = oldLength === SAME_AS_PRIOR ? prior : oldLength === NULL ? null : reader.bytes(oldLength)
  return { prior, old, new: reader.sized(), context }
}

/** A record of a suppression changelog, in any of its formats. */
export interface BufferRecord {
  readonly value: BufferValue
  readonly bufferTime: number
}

/**
 * @param version the header `v`, 0 where there is none
 * @param before the prior value that is buffered under this key, undefined if none is; formats 0 and 1 do not write it
 * @param record the context of the changelog record itself: format 0 does not write one
 * @throws SerdeError for other versions and malformed bytes
 */
export function decodeBufferRecord(
  bytes: Uint8Array,
  version: number,
  before: Uint8Array | null | undefined,
  record: Readonly<RecordContext>,
): BufferRecord {
  const reader = new ByteReader(bytes)
  switch (version) {
    case 3:
      return { value: decodeBufferValue(reader), bufferTime: reader.int64() }
    case 2:
      return decodeVersion2(bytes)
    case 1: {
      const bufferTime = reader.int64()
      const context = decodeContext(reader)
      return { value: legacy(reader.sized(), before, context), bufferTime }
    }
    case 0: {
      const bufferTime = reader.int64()
      return { value: legacy(reader.bytes(reader.remaining), before, record), bufferTime }
    }
    default:
      throw new SerdeError(
        `a suppression changelog of version ${version} is not known: was it written by a newer version?`,
      )
  }
}

function decodeVersion2(bytes: Uint8Array): BufferRecord {
  try {
    const reader = new ByteReader(bytes)
    const context = decodeContext(reader)
    const { old, new: newValue } = legacy(reader.sized(), undefined, context)
    const value = { prior: reader.sized(), old, new: newValue, context }
    const bufferTime = reader.int64()
    if (reader.remaining === 0) return { value, bufferTime }
  } catch (error) {
    if (!(error instanceof SerdeError)) throw error
  }
  const reader = new ByteReader(bytes)
  return { value: decodeBufferValue(reader), bufferTime: reader.int64() }
}

function legacy(
  change: Uint8Array | null,
  before: Uint8Array | null | undefined,
  context: Readonly<RecordContext>,
): BufferValue {
  if (change === null) throw new SerdeError('malformed bytes: a suppression changelog without a change')
  const reader = new ByteReader(change)
  const old = reader.sized()
  return { prior: before ?? old, old, new: reader.sized(), context }
}

function encodeContext(context: Readonly<RecordContext>): Uint8Array {
  const topic = Buffer.from(context.topic ?? '', 'utf8')
  const headers = [...(context.headers ?? [])].map(({ key, value }) => [Buffer.from(key, 'utf8'), value] as const)
  let size = 8 + 8 + 4 + topic.length + 4 + 4
  for (const [key, value] of headers) size += 8 + key.length + (value?.length ?? 0)
  const writer = new ByteWriter(size)
  writer.int64(context.timestamp).int64(context.offset).sized(topic).int32(context.partition).int32(headers.length)
  for (const [key, value] of headers) writer.sized(key).sized(value)
  return writer.bytes
}

function decodeContext(reader: ByteReader): RecordContext {
  const timestamp = reader.int64()
  const offset = reader.int64()
  const topic = reader.text()
  const partition = reader.int32()
  const count = reader.int32()
  const headers: Header[] = []
  for (let index = 0; index < count; index++) headers.push({ key: reader.text() ?? '', value: reader.sized() })
  return { timestamp, offset, topic, partition, headers: headers.length === 0 ? undefined : new Headers(headers) }
}

/** What a value weighs, as Kafka Streams counts it. */
export function bufferValueBytes({ prior, old, new: newValue, context }: BufferValue): number {
  const same = prior !== null && old !== null && Buffer.compare(prior, old) === 0
  return (prior?.length ?? 0) + (same ? 0 : (old?.length ?? 0)) + (newValue?.length ?? 0) + contextBytes(context)
}

/** Kafka Streams' estimate of a record context: time, offset, topic, partition, headers. */
export function contextBytes(context: Readonly<RecordContext>): number {
  let bytes = 20 + (context.topic?.length ?? 0)
  if (context.headers !== undefined) {
    for (const { key, value } of context.headers) bytes += key.length + (value?.length ?? 0)
  }
  return bytes
}
