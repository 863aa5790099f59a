/** What the benches compare of an output topic: it must see every difference that counts, and none that does not. */

import { bytes, memoryLog, produce, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import type { Pipeline } from '../../bench/peers/pipelines.ts'
import { type Result, readResult } from '../../bench/peers/result.ts'

type Kind = Pick<Pipeline, 'result' | 'values'>
type Row = readonly [key: string | Buffer, value: string | Buffer | null, partition?: number]

const TABLE: Kind = { result: 'table', values: 'bytes' }
const RECORDS: Kind = { result: 'records', values: 'json' }
const SUMS: Kind = { result: 'sums', values: 'bytes' }

async function resultOf(kind: Kind, rows: readonly Row[]): Promise<Result> {
  const log = memoryLog()
  await log.admin.createTopics([{ name: 'out', partitions: 2 }])
  const buffer = (text: string | Buffer | null): Buffer | null => (typeof text === 'string' ? Buffer.from(text) : text)
  const records = rows.map(([key, value, partition = 0]) => ({ key: buffer(key), value: buffer(value), partition }))
  await produce(log, topic('out', { key: bytes(), value: bytes() }), records)
  return readResult(log, 'out', 2, kind)
}

describe('tables', () => {
  it('are equal whatever updates came before the last', async () => {
    const [a, b] = await Promise.all([
      resultOf(TABLE, [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
      ]),
      resultOf(TABLE, [
        ['b', '1'],
        ['a', '2'],
      ]),
    ])
    expect(a.checksum).toBe(b.checksum)
    expect([a.rows, b.rows]).toEqual([2, 2])
    expect([a.outputRecords, b.outputRecords]).toEqual([3, 2])
  })

  it('differ in a value, a key, a partition, an order of updates', async () => {
    const same = await resultOf(TABLE, [
      ['a', '1'],
      ['b', '2'],
    ])
    const others: Row[][] = [
      [
        ['a', '1'],
        ['b', '3'],
      ],
      [
        ['a', '1'],
        ['c', '2'],
      ],
      [
        ['a', '1'],
        ['b', '2', 1],
      ],
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '0'],
      ],
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ]
    for (const rows of others) expect((await resultOf(TABLE, rows)).checksum).not.toBe(same.checksum)
  })

  it('have no row of a deleted key, and one again of a key that came back', async () => {
    const gone = await resultOf(TABLE, [
      ['a', '1'],
      ['b', '1'],
      ['a', null],
    ])
    expect(gone).toMatchObject({ rows: 1, outputRecords: 3 })
    expect(gone.checksum).toBe((await resultOf(TABLE, [['b', '1']])).checksum)
    const back = await resultOf(TABLE, [
      ['a', '1'],
      ['a', null],
      ['a', '1'],
    ])
    expect(back.checksum).toBe((await resultOf(TABLE, [['a', '1']])).checksum)
  })

  it('are equal but for the partitions in the checksum of the content', async () => {
    const [here, there] = [await resultOf(TABLE, [['a', '1']]), await resultOf(TABLE, [['a', '1', 1]])]
    expect(here.checksum).not.toBe(there.checksum)
    expect(here.contentChecksum).toBe(there.contentChecksum)
  })
})

describe('records', () => {
  it('are equal in any order, and as JSON', async () => {
    const a = await resultOf(RECORDS, [
      ['a', '{"x":15}'],
      ['b', '{"x":1}'],
    ])
    const b = await resultOf(RECORDS, [
      ['b', '{"x":1.0}'],
      ['a', '{"x": 15.0}'],
    ])
    expect(a.checksum).toBe(b.checksum)
  })

  it('differ if one comes twice or is lost', async () => {
    const one = await resultOf(RECORDS, [
      ['a', '{"x":1}'],
      ['b', '{"x":1}'],
    ])
    const twice = await resultOf(RECORDS, [
      ['a', '{"x":1}'],
      ['b', '{"x":1}'],
      ['b', '{"x":1}'],
    ])
    const lost = await resultOf(RECORDS, [['a', '{"x":1}']])
    expect(twice.checksum).not.toBe(one.checksum)
    expect(lost.checksum).not.toBe(one.checksum)
    expect([one.rows, twice.rows, lost.rows]).toEqual([2, 3, 1])
  })
})

describe('sums', () => {
  const long = (number: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(number))
    return bytes
  }
  const at = (key: string, window: number): Buffer => Buffer.concat([Buffer.from(key), long(window)])

  it('are equal however the windows fell', async () => {
    const a = await resultOf(SUMS, [
      [at('a', 0), long(1)],
      [at('a', 0), long(3)],
      [at('a', 10), long(2)],
    ])
    const b = await resultOf(SUMS, [[at('a', 20), long(5)]])
    expect(a.checksum).toBe(b.checksum)
    expect([a.rows, b.rows]).toEqual([1, 1])
  })

  it('differ if one record is missing, or counted for another key', async () => {
    const a = await resultOf(SUMS, [
      [at('a', 0), long(5)],
      [at('b', 0), long(1)],
    ])
    for (const rows of [
      [
        [at('a', 0), long(4)],
        [at('b', 0), long(1)],
      ],
      [
        [at('a', 0), long(4)],
        [at('b', 0), long(2)],
      ],
    ] as Row[][]) {
      expect((await resultOf(SUMS, rows)).checksum).not.toBe(a.checksum)
    }
  })
})
