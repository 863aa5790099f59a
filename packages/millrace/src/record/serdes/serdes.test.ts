import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { bigint64 } from './bigint64.ts'
import { boolean } from './boolean.ts'
import { bytes } from './bytes.ts'
import { double } from './double.ts'
import { int32 } from './int32.ts'
import { json } from './json.ts'
import { long } from './long.ts'
import { sessionWindowed } from './session-windowed.ts'
import { string } from './string.ts'
import { timeWindowed } from './time-windowed.ts'

const context = { topic: 't', isKey: false }
const hex = <T>(serde: Serde<T>, value: T): string => Buffer.from(serde.encode(value, context)).toString('hex')

/** Encodes, decodes from the middle of a larger buffer, and spoils that buffer: nothing may point into it. */
function roundTrip<T>(serde: Serde<T>, value: T): T {
  const encoded = serde.encode(value, context)
  const buffer = Buffer.concat([Buffer.from('<<<'), encoded, Buffer.from('>>')])
  const decoded = serde.decode(buffer, 3, 3 + encoded.length, context)
  buffer.fill(0x55)
  return decoded
}

const well = fc.string({ unit: 'grapheme' })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const time = fc.nat(2 ** 50)

/** What JSON can say: not −0. */
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))

const arbitraries: readonly (readonly [Serde<never>, fc.Arbitrary<unknown>])[] = [
  [string(), well],
  [json(), jsonValue],
  [json({ sortKeys: true }), jsonValue],
  [long(), fc.maxSafeInteger()],
  [bigint64(), int64],
  [int32(), fc.integer()],
  [double(), fc.double()],
  [boolean(), fc.boolean()],
  [bytes(), fc.uint8Array()],
  [
    timeWindowed(string(), 10),
    fc.record({ key: well, start: time }).map(({ key, start }) => ({ key, window: { start, end: start + 10 } })),
  ],
  [
    sessionWindowed(string()),
    fc.record({ key: well, start: time, end: time }).map(({ key, ...window }) => ({ key, window })),
  ],
] as never

describe.each(
  arbitraries.map(([serde, arbitrary]) => [serde.name, serde, arbitrary] as const),
)('%s', (_, serde, arbitrary) => {
  it('gives back what it was given, and keeps no view of the buffer', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(roundTrip(serde, value as never)).toEqual(value)
      }),
    )
  })

  it('has an encoder, if any, that writes what it encodes, behind its room', () => {
    const encoder = serde.encoder?.(3)
    if (encoder === undefined) return expect(serde.name).not.toBe('json')
    fc.assert(
      fc.property(arbitrary, (value) => {
        encoder.write(value as never)
        const written = encoder.write(value as never)
        if (written !== undefined) expect(written.toString('hex', 3)).toBe(hex(serde, value as never))
      }),
    )
  })

  it('has a text, if any, that is its bytes in UTF-8', () => {
    const { text } = serde
    if (text === undefined) return expect(['string', 'json', 'json(sortKeys)']).not.toContain(serde.name)
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(hex(serde, value as never)).toBe(Buffer.from(text(value as never), 'utf8').toString('hex'))
      }),
    )
  })
})

it('a serde made of json() that encodes otherwise has no encoder of json()', () => {
  expect({ ...json(), encode: () => Buffer.from('mine') }.encoder).toBeUndefined()
})

it('a windowed key’s bytes begin with its key’s, whatever their length, and its partition is its key’s', () => {
  const window = { start: 256, end: 266 }
  for (const key of ['', 'k', 'clé', 'k'.repeat(32), 'k'.repeat(33), 'é'.repeat(40)]) {
    const inner = hex(string(), key)
    expect(hex(timeWindowed(string(), 10), { key, window })).toBe(`${inner}0000000000000100`)
    expect(hex(sessionWindowed(string()), { key, window })).toBe(`${inner}000000000000010a0000000000000100`)
    for (const { partitionKey } of [timeWindowed(string(), 10), sessionWindowed(string())]) {
      expect(partitionKey.text?.({ key, window })).toBe(key)
      expect(hex(partitionKey, { key, window })).toBe(inner)
    }
    expect(timeWindowed(long(), 10).partitionKey.text).toBeUndefined()
  }
})

describe('bytes are Java’s', () => {
  it.each([
    [hex(long(), 0), '0000000000000000'],
    [hex(long(), -1), 'ffffffffffffffff'],
    [hex(long(), 1_700_000_000_000), '0000018bcfe56800'],
    [hex(long(), Number.MIN_SAFE_INTEGER), 'ffe0000000000001'],
    [hex(bigint64(), 2n ** 63n - 1n), '7fffffffffffffff'],
    [hex(int32(), -2), 'fffffffe'],
    [hex(double(), 1.5), '3ff8000000000000'],
    [hex(boolean(), true), '01'],
    [hex(string(), 'clé'), '636cc3a9'],
    [
      hex(json({ sortKeys: true }), { b: [{ d: 1, c: null }], a: 'é', é: undefined }),
      Buffer.from('{"a":"é","b":[{"c":null,"d":1}]}').toString('hex'),
    ],
  ])('%s', (actual, expected) => expect(actual).toBe(expected))
})

describe('what a serde cannot say fails with the remedy', () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a key that is no string', () => string().encode(5 as never, context), /give the topic or operator a serde/],
    ['a long beyond 2^53', () => long().encode(2 ** 53, context), /bigint64/],
    ['a fraction as long', () => long().encode(1.5, context), /double/],
    [
      'reading a long beyond 2^53',
      () => long().decode(Buffer.from('7fffffffffffffff', 'hex'), 0, 8, context),
      /bigint64/,
    ],
    ['a long of the wrong length', () => long().decode(Buffer.from('text'), 0, 4, context), /exactly 8 bytes/],
    ['undefined as JSON', () => json().encode(undefined, context), /null for no value/],
    ['bigint as JSON', () => json().encode(1n, context), /json cannot write/],
    ['text that is no JSON', () => json().decode(Buffer.from('{'), 0, 1, context), /json cannot read "\{"/],
    ['a 33-bit integer', () => int32().encode(2 ** 32, context), /long/],
    ['a 65-bit integer', () => bigint64().encode(2n ** 63n, context), /64 bits/],
    [
      'a short windowed key',
      () => timeWindowed(string(), 1).decode(Buffer.from('a'), 0, 1, context),
      /at least 8 bytes/,
    ],
  ]
  it.each(cases)('%s', (_, act, message) => {
    expect(act).toThrow(SerdeError)
    expect(act).toThrow(message)
  })
})
