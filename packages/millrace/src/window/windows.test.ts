import { describe, expect, it } from 'vitest'
import type { Serde } from '../record/serde.ts'
import { isWindowedSerde } from '../record/serdes/windowed-serde.ts'
import { hopping } from './hopping.ts'
import { joinWindows } from './join-windows.ts'
import { session } from './session.ts'
import { sliding } from './sliding.ts'
import { tumbling } from './tumbling.ts'
import { unlimited } from './unlimited.ts'
import type { Windows } from './windows.ts'

const text: Serde<string> = {
  name: 'text',
  encode: (value) => Buffer.from(value),
  decode: (bytes, start, end) => bytes.toString('utf8', start, end),
}
const context = { topic: 't', isKey: true }

function encoded(windows: Windows, start: number, end: number): string {
  return Buffer.from(windows.keySerde(text).encode({ key: 'a', window: { start, end } }, context)).toString('hex')
}

describe('time windows', () => {
  it('puts a record in the one tumbling window that holds it', () => {
    const windows = tumbling('10 ms')
    expect([0, 9, 10, 25].map((timestamp) => windows.startsFor(timestamp))).toEqual([[0], [0], [10], [20]])
  })

  it('puts a record in all hopping windows that hold it, none before 0', () => {
    const windows = hopping(10, { advance: 5 })
    expect([0, 4, 5, 14, 15].map((timestamp) => windows.startsFor(timestamp))).toEqual([
      [0],
      [0],
      [0, 5],
      [5, 10],
      [10, 15],
    ])
  })

  it('takes an advance that does not divide the size', () => {
    // Kafka Streams: max(0, 20 - 10 + 3) / 3 * 3 = 12
    expect(hopping(10, { advance: 3 }).startsFor(20)).toEqual([12, 15, 18])
  })

  it('has one unlimited window, that begins where it is told to', () => {
    expect(unlimited().startsFor(123456)).toEqual([0])
    expect(unlimited({ startOn: 100 }).startsFor(99)).toEqual([])
    expect(unlimited({ startOn: 100 }).startsFor(500)).toEqual([100])
  })

  it('has no window before time 0', () => {
    expect(tumbling(10).startsFor(-1)).toEqual([])
  })

  it('refuses windows that cannot be', () => {
    expect(() => tumbling(0)).toThrow(/above 0 ms/)
    expect(() => hopping(10, { advance: 11 })).toThrow(/at most the window size/)
    expect(() => hopping(10, { advance: 0 })).toThrow(/above 0/)
    expect(() => tumbling(10, { grace: -1 })).toThrow(/grace/)
    expect(() => unlimited({ startOn: -5 })).toThrow(/startOn/)
  })
})

describe('grace and retention', () => {
  it('is none unless given', () => {
    expect([tumbling(10), sliding(10), session(10)].map((windows) => windows.graceMs)).toEqual([0, 0, 0])
  })

  it('keeps windows as long as they can change', () => {
    expect(tumbling(10, { grace: 5 }).retentionMs).toBe(15)
    expect(sliding(10, { grace: 5 }).retentionMs).toBe(25)
    expect(session(10, { grace: 5 }).retentionMs).toBe(15)
    expect(unlimited().retentionMs).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('makes suppress wait gap and grace for a session', () => {
    expect(session(10, { grace: 5 }).suppressGraceMs).toBe(15)
    expect(sliding(10, { grace: 5 }).suppressGraceMs).toBe(5)
  })
})

describe('windowed keys', () => {
  it('are written as Kafka Streams writes them', () => {
    expect(encoded(tumbling(10), 20, 30)).toBe('610000000000000014')
    expect(encoded(sliding(10), 20, 30)).toBe('610000000000000014')
    expect(encoded(session(10), 15, 25)).toBe('610000000000000019000000000000000f')
  })

  it('are read back, from the middle of a buffer', () => {
    for (const windows of [tumbling(10), sliding(10), session(10)]) {
      const serde = windows.keySerde(text)
      const bytes = serde.encode({ key: 'é', window: { start: 20, end: 30 } }, context)
      const buffer = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('yy')])
      expect(serde.decode(buffer, 2, 2 + bytes.length, context)).toEqual({ key: 'é', window: { start: 20, end: 30 } })
    }
  })

  it('are partitioned by the inner key', () => {
    const serde = tumbling(10).keySerde(text)
    expect(isWindowedSerde(serde)).toBe(true)
    expect(isWindowedSerde(text)).toBe(false)
    const bytes = serde.partitionKey.encode({ key: 'a', window: { start: 20, end: 30 } }, context)
    expect(Buffer.from(bytes).toString('hex')).toBe('61')
  })
})

describe('join windows', () => {
  it('are symmetric, or not', () => {
    expect(joinWindows({ within: '1 s' })).toEqual({ beforeMs: 1000, afterMs: 1000, graceMs: 0 })
    expect(joinWindows({ before: -5, after: 10, grace: 3 })).toEqual({ beforeMs: -5, afterMs: 10, graceMs: 3 })
  })

  it('refuse to be empty', () => {
    expect(() => joinWindows({ before: -5, after: 4 })).toThrow(/must not be negative/)
  })
})
