import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../record/byte-writer.ts'
import { SerdeError } from '../record/errors.ts'
import { Headers } from '../record/headers.ts'
import { type BufferValue, decodeBufferRecord, encodeBufferValue } from './buffer-value.ts'

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value))
const context = { topic: 'in', partition: 2, offset: 5, timestamp: 9, headers: new Headers().add('h', null) }
const record = { topic: 'changelog', partition: 0, offset: 1, timestamp: 77, headers: undefined }
const value: BufferValue = { prior: text('p'), old: text('o'), new: text('n'), context }

/** The change of formats 0 to 2: old and new with their lengths. */
const change = new ByteWriter(10).sized(text('o')).sized(text('n')).bytes
const contextBytes = (): Uint8Array => {
  const bytes = encodeBufferValue({ prior: null, old: null, new: null, context }, undefined)
  return bytes.subarray(0, bytes.length - 12)
}

describe('buffer records', () => {
  it.each<BufferValue>([
    value,
    { ...value, old: null },
    { ...value, prior: null },
    { ...value, new: null },
    { ...value, old: text('p') },
    { ...value, prior: null, old: null },
    { ...value, prior: text(''), old: text('') },
  ])('come back in format 3', (written) => {
    const { value: read, bufferTime } = decodeBufferRecord(encodeBufferValue(written, 42), 3, undefined, record)
    expect(bufferTime).toBe(42)
    expect({ ...read, context: undefined }).toEqual({ ...written, context: undefined })
    expect({ ...read.context, headers: [...(read.context.headers ?? [])] }).toEqual({
      ...context,
      headers: [...context.headers],
    })
  })

  it('are read in format 3 under the tag of format 2, as Kafka Streams 2.4.0 to 2.5.0 wrote them', () => {
    const { value: read, bufferTime } = decodeBufferRecord(encodeBufferValue(value, 42), 2, undefined, record)
    expect([read.prior, read.old, read.new, bufferTime]).toEqual([text('p'), text('o'), text('n'), 42])
  })

  it('are read in format 2: context, change, prior, time', () => {
    const head = contextBytes()
    const bytes = new ByteWriter(head.length + 4 + change.length + 5 + 8)
      .raw(head)
      .sized(change)
      .sized(text('p'))
      .int64(42).bytes
    const { value: read, bufferTime } = decodeBufferRecord(bytes, 2, undefined, record)
    expect([read.prior, read.old, read.new, bufferTime, read.context.timestamp]).toEqual([
      text('p'),
      text('o'),
      text('n'),
      42,
      9,
    ])
  })

  it('are read in format 1: time, context, change; the prior value is the one buffered, or the old one', () => {
    const head = contextBytes()
    const bytes = new ByteWriter(8 + head.length + 4 + change.length).int64(42).raw(head).sized(change).bytes
    expect(decodeBufferRecord(bytes, 1, text('b'), record).value.prior).toEqual(text('b'))
    const { value: read, bufferTime } = decodeBufferRecord(bytes, 1, undefined, record)
    expect([read.prior, read.old, read.new, bufferTime, read.context.offset]).toEqual([
      text('o'),
      text('o'),
      text('n'),
      42,
      5,
    ])
  })

  it('are read in format 0: time, change, with the context of the changelog record', () => {
    const bytes = new ByteWriter(8 + change.length).int64(42).raw(change).bytes
    const { value: read, bufferTime } = decodeBufferRecord(bytes, 0, undefined, record)
    expect([read.old, read.new, bufferTime, read.context]).toEqual([text('o'), text('n'), 42, record])
  })

  it('are refused when they are cut off or of an unknown version', () => {
    const bytes = encodeBufferValue(value, 42)
    expect(() => decodeBufferRecord(bytes.subarray(0, bytes.length - 9), 3, undefined, record)).toThrow(SerdeError)
    expect(() => decodeBufferRecord(bytes, 4, undefined, record)).toThrow(/version 4/)
  })
})
