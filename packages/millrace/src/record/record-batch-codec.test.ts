import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBatchHeader, writeInt64 } from './batch-header.ts'
import type { ColumnBatch } from './column-batch.ts'
import { ColumnBatchBuilder } from './column-batch-builder.ts'
import { columnBatchFrom } from './column-batch-from.ts'
import { LogError } from './errors.ts'
import { Headers } from './headers.ts'
import { RecordBatchBuilder } from './record-batch-builder.ts'
import { RecordBatchDecoder } from './record-batch-decoder.ts'
import { headersOf } from './row-headers.ts'
import { sealBatch, transactionMarker } from './seal-batch.ts'
import { readVarlong, varintEnd, varlongSize, writeVarlong } from './varint.ts'

interface Row {
  key: string | null
  value: string | null
  timestamp: number
  offset: number
  headers: [string, string | null][]
}

function text(batch: ColumnBatch, start: number, length: number): string | null {
  return length < 0 ? null : batch.bytes.toString('utf8', start, start + length)
}

function rowsOf(batch: ColumnBatch): Row[] {
  return Array.from({ length: batch.count }, (_, row) => ({
    key: text(batch, batch.keyStarts[row], batch.keyLengths[row]),
    value: text(batch, batch.valueStarts[row], batch.valueLengths[row]),
    timestamp: batch.timestamps[row],
    offset: batch.offsets[row],
    headers: [...(headersOf(batch, row) ?? [])].map(({ key, value }): [string, string | null] => [
      key,
      value === null ? null : Buffer.from(value).toString(),
    ]),
  }))
}

function built(...values: (string | null)[]): RecordBatchBuilder {
  const builder = new RecordBatchBuilder()
  for (const [index, value] of values.entries()) builder.append(`k${index}`, value, 100 + index, undefined)
  return builder
}

const nullable = fc.option(fc.string({ unit: 'grapheme', maxLength: 200 }), { nil: null })
const timestamp = fc.oneof(
  fc.integer({ min: 0, max: 2e12 }),
  fc.constantFrom(-1, 0, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 51, -(2 ** 51)),
)
const row = fc.record({
  key: nullable,
  value: nullable,
  timestamp,
  headers: fc.array(fc.tuple(fc.string({ maxLength: 80 }), nullable), { maxLength: 3 }),
})

describe('record batch codec', () => {
  it('reads what it writes, in any cut into batches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { maxLength: 5 }),
        fc.integer({ min: 0, max: 2 ** 51 }),
        (batches, base) => {
          const expected: Row[] = []
          let offset = base
          const sealed = batches.map((records) => {
            const builder = new RecordBatchBuilder(64)
            const baseOffset = offset
            for (const { key, value, timestamp, headers } of records) {
              const list = headers.map(([key, value]) => ({ key, value: value === null ? null : Buffer.from(value) }))
              builder.append(key, value === null ? null : Buffer.from(value), timestamp, new Headers(list))
              expected.push({ key, value, timestamp, headers, offset: offset++ })
            }
            return Buffer.from(sealBatch(builder, { baseOffset }))
          })
          const bytes = Buffer.concat(sealed)
          const { batch, nextOffset } = new RecordBatchDecoder().decode(bytes, 0, bytes.length, { fromOffset: base })
          expect(rowsOf(batch)).toEqual(expected)
          expect(nextOffset).toBe(offset)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps varlongs of every width', () => {
    const bytes = new Uint8Array(12)
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), (value) => {
        const end = writeVarlong(bytes, 0, value)
        expect(end).toBe(varlongSize(value))
        expect(readVarlong(bytes, 0)).toBe(value)
        expect(varintEnd).toBe(end)
      }),
    )
  })

  it('has the bytes Kafka writes', () => {
    const builder = new RecordBatchBuilder()
    builder.append('k', 'v', 1000, new Headers([{ key: 'h', value: null }]))
    builder.append(null, null, 999, undefined)
    const sealed = sealBatch(builder, {
      baseOffset: 7,
      producerId: 5,
      producerEpoch: 2,
      baseSequence: 9,
      transactional: true,
    })
    // Worked out by hand from KIP-98's layout: header fields, then two records.
    expect(sealed.toString('hex')).toBe(
      '0000000000000007' +
        '00000044' +
        'ffffffff' +
        '02' +
        '00000000' +
        '0010' +
        '00000001' +
        '00000000000003e8' +
        '00000000000003e8' +
        '0000000000000005' +
        '0002' +
        '00000009' +
        '00000002' +
        '16' +
        '00' +
        '00' +
        '00' +
        '026b' +
        '0276' +
        '02' +
        '0268' +
        '01' +
        '0c' +
        '00' +
        '01' +
        '02' +
        '01' +
        '01' +
        '00',
    )
    expect(readBatchHeader(sealed)).toMatchObject({
      baseOffset: 7,
      lastOffset: 8,
      byteLength: sealed.length,
      baseTimestamp: 1000,
      maxTimestamp: 1000,
      producerId: 5,
      producerEpoch: 2,
      baseSequence: 9,
      count: 2,
      transactional: true,
      control: false,
      magic: 2,
    })
  })

  it('starts in the middle of a batch and stops at one that is cut off', () => {
    const bytes = Buffer.concat([
      sealBatch(built('a', 'b', 'c'), { baseOffset: 10 }),
      sealBatch(built('d'), { baseOffset: 13 }),
    ])
    const { batch, nextOffset } = new RecordBatchDecoder().decode(bytes, 0, bytes.length - 1, { fromOffset: 11 })
    expect(rowsOf(batch).map(({ offset, value }) => [offset, value])).toEqual([
      [11, 'b'],
      [12, 'c'],
    ])
    expect(nextOffset).toBe(13)
  })

  it('passes over markers and aborted transactions', () => {
    const part = (value: string, baseOffset: number, producerId: number): Buffer =>
      Buffer.from(sealBatch(built(value), { baseOffset, producerId, transactional: producerId > 0 }))
    const marker = (baseOffset: number, producerId: number, commit: boolean): Buffer =>
      transactionMarker({ baseOffset, producerId, producerEpoch: 0, timestamp: 1, commit })
    const bytes = Buffer.concat([
      part('aborted', 0, 1),
      part('plain', 1, -1),
      part('committed', 2, 2),
      marker(3, 1, false),
      part('second try', 4, 1),
      marker(5, 2, true),
      marker(6, 1, true),
    ])
    const decoder = new RecordBatchDecoder()
    const committed = decoder.decode(bytes, 0, bytes.length, { aborted: [{ producerId: 1, firstOffset: 0 }] })
    expect(rowsOf(committed.batch).map(({ value }) => value)).toEqual(['plain', 'committed', 'second try'])
    expect(committed.nextOffset).toBe(7)
    expect(rowsOf(decoder.decode(bytes, 0, bytes.length).batch)).toHaveLength(4)
    expect(decoder.decode(bytes, 0, bytes.length, { untilOffset: 2 }).nextOffset).toBe(2)
  })

  it('gives all records the append time where the log stamps them', () => {
    const bytes = Buffer.from(sealBatch(built('a', 'b'), { baseOffset: 0 }))
    bytes[22] |= 0x08
    writeInt64(bytes, 35, 5_000_000_000)
    const { batch } = new RecordBatchDecoder().decode(bytes, 0, bytes.length)
    expect([...batch.timestamps.subarray(0, 2)]).toEqual([5_000_000_000, 5_000_000_000])
  })

  it('puts compressed and plain sections over one buffer', () => {
    const first = built('a', 'b')
    const flipped = Buffer.from(first.bytes.subarray(61)).map((byte) => byte ^ 0xff)
    const bytes = Buffer.concat([
      Buffer.from(sealBatch(first, { baseOffset: 0, compression: 4, records: flipped })),
      Buffer.from(sealBatch(built('c'), { baseOffset: 2 })),
    ])
    const decompress = (_codec: number, section: Buffer): Buffer => Buffer.from(section.map((byte) => byte ^ 0xff))
    const { batch } = new RecordBatchDecoder().decode(bytes, 0, bytes.length, { decompress })
    expect(rowsOf(batch).map(({ value, offset }) => [offset, value])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ])
    expect(() => new RecordBatchDecoder().decode(bytes, 0, bytes.length)).toThrow(/codec 4/)
  })

  it('refuses damaged batches with their coordinates', () => {
    const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total * 31 + byte) | 0, 7)
    const bytes = Buffer.from(sealBatch(built('a'), { baseOffset: 42, checksum: sum }))
    const options = { checksum: sum, coordinates: { topic: 't', partition: 1 } }
    expect(new RecordBatchDecoder().decode(bytes, 0, bytes.length, options).batch.count).toBe(1)
    bytes[70] ^= 1
    const failure = catchError(() => new RecordBatchDecoder().decode(bytes, 0, bytes.length, options))
    expect(failure).toMatchObject({ code: 'CORRUPT_BATCH', coordinates: { topic: 't', partition: 1, offset: 42 } })
    bytes[61] = 0x7e
    expect(() => new RecordBatchDecoder().decode(bytes, 0, bytes.length)).toThrow(LogError)
    bytes[16] = 1
    expect(() => new RecordBatchDecoder().decode(bytes, 0, bytes.length)).toThrow(/magic 1/)
  })

  it('makes columns of objects', () => {
    const records = [
      { offset: 3, timestamp: 9, key: Buffer.from('k'), value: null },
      {
        offset: 5,
        timestamp: 8,
        key: null,
        value: Buffer.from('v'),
        headers: new Headers([{ key: 'a', value: Buffer.from('b') }]),
      },
    ]
    expect(rowsOf(columnBatchFrom(records))).toEqual([
      { key: 'k', value: null, timestamp: 9, offset: 3, headers: [] },
      { key: null, value: 'v', timestamp: 8, offset: 5, headers: [['a', 'b']] },
    ])
  })

  it('writes text of any length and alphabet, the first character beyond ASCII wherever it stands', () => {
    for (const length of [0, 1, 2, 31, 32, 33, 40, 200]) {
      for (const odd of ['', 'é', '€', '😀', '\ud800', 'éé', 'é€', 'éé😀']) {
        for (const text of [`${'a'.repeat(length)}${odd}`, `${odd}${'a'.repeat(length)}`, odd.repeat(length)]) {
          const builder = new RecordBatchBuilder(64)
          builder.append(text, text, 5, undefined)
          builder.append('next', text, 6, undefined)
          const bytes = sealBatch(builder)
          const { batch } = new RecordBatchDecoder().decode(bytes, 0, bytes.length)
          const expected = Buffer.from(text).toString()
          expect(rowsOf(batch).map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
            [expected, expected, 5],
            ['next', expected, 6],
          ])
        }
      }
    }
  })

  it('recycles columns only once', () => {
    const columns = new ColumnBatchBuilder()
    const bytes = Buffer.from(sealBatch(built(...Array.from({ length: 50 }, String)), {}))
    const section = { start: 61, end: bytes.length, count: 50, baseOffset: 0, baseTimestamp: 100 }
    const fill = (): ColumnBatch => {
      columns.start(bytes, 50)
      columns.add(section)
      return columns.finish()
    }
    const first = fill()
    columns.recycle(first)
    columns.recycle(first)
    const second = fill()
    const third = fill()
    expect(second.offsets).toBe(first.offsets)
    expect(third.offsets).not.toBe(first.offsets)
  })
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
