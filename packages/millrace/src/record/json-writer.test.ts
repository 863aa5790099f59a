/** Whatever it writes is what `JSON.stringify` says, byte for byte, and what records look like it does write. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonWriter } from './json-writer.ts'

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** Told of a value once, a writer knows its like. */
function written(value: unknown, writer: JsonWriter = new JsonWriter(0)): Buffer | undefined {
  writer.write(value)
  return writer.write(value)
}

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100),
  fc.tuple(fc.maxSafeInteger(), fc.nat(8)).map(([digits, decimals]) => digits / 10 ** decimals),
)
const flat = fc.dictionary(
  fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('id', 'user', 'amount', 'é', '"', '__proto__', '7')),
  fc.oneof(fc.string(), fc.string({ unit: 'binary' }), number, fc.boolean(), fc.constant(null), fc.constant(undefined)),
  { noNullPrototype: true },
)

describe('JsonWriter', () => {
  it('says what JSON.stringify says, of any flat object and of objects like it', () => {
    fc.assert(
      fc.property(fc.array(flat, { minLength: 1, maxLength: 5 }), fc.nat(20), (values, room) => {
        const writer = new JsonWriter(room)
        for (const value of [...values, ...values]) {
          const found = writer.write(value)
          if (found !== undefined) expect(found.subarray(room).toString()).toBe(JSON.stringify(value))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('writes every finite number as JavaScript says it', () => {
    fc.assert(
      fc.property(number, (value) => {
        expect(written({ value })?.toString()).toBe(JSON.stringify({ value }))
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([
    0,
    -0,
    1,
    -1,
    9,
    10,
    99_999_999,
    999_999_999,
    1e9,
    1e9 + 1,
    2 ** 31,
    -(2 ** 31),
    1e15 - 1,
    1e15,
    2 ** 53,
  ])('writes the whole number %d', (value) => expect(written({ value })?.toString()).toBe(JSON.stringify({ value })))

  it.each([
    0.1, 0.5, 10.1, 1009.99, 0.01, 0.0001, 0.00001, 1e-7, 0.30000000000000004, 99999.9999, 1e21, 5e-324, 1.7e308,
  ])('writes the decimal %d', (value) => {
    for (const number of [value, -value]) {
      expect(written({ number })?.toString()).toBe(JSON.stringify({ number }))
    }
  })

  it('writes what records look like, without any text of its own', () => {
    const value = { id: 'e-17', user: 'user-42', amount: 12.5, paid: true, late: false, note: null, ts: 1700000000000 }
    expect(written(value)).toEqual(bytesOf(value))
    expect(written({ odd: Number.NaN, far: Number.POSITIVE_INFINITY })?.toString()).toBe('{"odd":null,"far":null}')
  })

  it('keeps the room in front', () => {
    const found = written({ a: 1 }, new JsonWriter(8))
    expect(found?.length).toBe(8 + 7)
    expect(found?.toString('utf8', 8)).toBe('{"a":1}')
  })

  it.each([
    ['nested objects', { a: { b: 1 } }],
    ['lists', [1, 2]],
    ['what is undefined', { a: undefined }],
    ['functions', { a: () => 1 }],
    ['objects with toJSON', { a: 1, toJSON: () => ({ b: 2 }) }],
    ['dates', new Date(0)],
    [
      'objects of a class',
      new (class Point {
        x = 1
      })(),
    ],
    ['text to be escaped', { a: 'a"b' }],
    ['control characters', { a: 'a\nb' }],
    ['text beyond ASCII', { a: 'é' }],
    ['lone surrogates', { a: '\ud800' }],
    ['long text', { a: 'x'.repeat(129) }],
    ['bigints', { a: 1n }],
    ['no object', 'text'],
    ['null', null],
    ['lists that say they are objects', Object.setPrototypeOf([1, 2], Object.prototype)],
  ])('leaves %s to JSON.stringify', (_, value) => {
    expect(written(value)).toBeUndefined()
  })

  it('leaves an object to JSON.stringify whose prototype was given properties', () => {
    const writer = new JsonWriter(0)
    written({ a: 1 }, writer)
    Object.defineProperty(Object.prototype, 'polluted', {
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    })
    try {
      expect(writer.write({ a: 2 })).toBeUndefined()
    } finally {
      delete (Object.prototype as { polluted?: number }).polluted
    }
    expect(writer.write({ a: 2 })?.toString()).toBe('{"a":2}')
  })

  it('does not take a property of the prototype for one of the object', () => {
    const writer = new JsonWriter(0)
    written({ a: 1, p: 7 }, writer)
    const settings = { value: 1, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(Object.prototype, 'p', settings)
    try {
      expect(writer.write({ a: 2 })).toBeUndefined()
    } finally {
      delete (Object.prototype as { p?: number }).p
    }
  })

  it('leaves a value to JSON.stringify one of whose getters writes another value', () => {
    const writer = new JsonWriter(0)
    written({ a: 'x', b: 1 }, writer)
    const value = {
      a: 'outer',
      get b() {
        writer.write({ a: 'inner, and longer', b: 2 })
        return 1
      },
    }
    expect(writer.write(value)).toBeUndefined()
  })

  it('leaves the error of a getter to JSON.stringify', () => {
    const writer = new JsonWriter(0)
    written({ a: 1 }, writer)
    const value = {
      get a(): number {
        throw new Error('mine')
      },
    }
    expect(writer.write(value)).toBeUndefined()
  })

  it('grows for larger objects, up to a size', () => {
    const writer = new JsonWriter(0)
    const large = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, 'x'.repeat(100)]))
    for (let attempt = 0; attempt < 5; attempt++) writer.write(large)
    expect(writer.write(large)).toEqual(bytesOf(large))
    const huge = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 'x'.repeat(100)]))
    for (let attempt = 0; attempt < 9; attempt++) expect(writer.write(huge)).toBeUndefined()
    expect(writer.write(large)).toEqual(bytesOf(large))
  })

  it('tells several shapes apart, and keys in another order', () => {
    const writer = new JsonWriter(0)
    const values = [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, { a: 1, b: 2, c: 3 }]
    for (const value of values) writer.write(value)
    for (const value of values) expect(writer.write(value)?.toString()).toBe(JSON.stringify(value))
  })

  it('stops guessing where it mostly fails', () => {
    const writer = new JsonWriter(0)
    for (let index = 0; index < 300; index++) writer.write({ [`key${index}`]: 1 })
    expect(written({ key0: 1 }, writer)).toBeUndefined()
  })
})
