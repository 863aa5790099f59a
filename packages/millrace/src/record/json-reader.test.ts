import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonReader } from './json-reader.ts'

/** Reads as the serde does, with other bytes around it; a guess must be what `JSON.parse` says, and none where it fails. */
function check(reader: JsonReader, text: string): 'guessed' | 'asked' {
  const padded = Buffer.from(`7"${text}"9}`)
  const start = 2
  const end = padded.length - 3
  const guess = reader.read(padded, start, end)
  let expected: unknown
  try {
    expected = JSON.parse(padded.toString('utf8', start, end))
  } catch {
    expect(guess, text).toBeUndefined()
    return 'asked'
  }
  if (guess === undefined) {
    if (!reader.gaveUp) reader.learn(padded, start, end, expected)
    return 'asked'
  }
  expect(guess, text).toStrictEqual(expected)
  expect(Object.keys(guess), text).toEqual(Object.keys(expected as object))
  return 'guessed'
}

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.tuple(fc.nat(999_999), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '-0.5',
    '1e3',
    '01',
    '1.',
    '-',
    '9007199254740993',
    '0.1',
    '123456789012345.6',
    '00.5',
  ),
)
const other = fc.constantFrom('true', 'false', 'null', 'nul', 'truer', '[]', '{}', '{"a":1}', ' 1 ', '')
const value = fc.oneof(
  number,
  fc.string().map((text) => JSON.stringify(text)),
  fc.string({ unit: 'binary' }).map((text) => `"${text}"`),
  other,
)
const key = fc.oneof(
  fc.constantFrom('id', 'a', '1', '2', '__proto__', 'constructor', 'toString', ''),
  fc.string({ maxLength: 4 }),
)
const space = fc.constantFrom('', '', ' ', '\n', '\t ')

describe('JSON reader', () => {
  it('says what JSON.parse says, or nothing, for texts that look alike', () => {
    const layout = fc.record({
      keys: fc.array(key, { minLength: 1, maxLength: 5 }),
      spaces: fc.array(space, { minLength: 4, maxLength: 4 }),
      rows: fc.array(fc.array(value, { minLength: 5, maxLength: 5 }), { minLength: 2, maxLength: 8 }),
    })
    fc.assert(
      fc.property(layout, ({ keys, spaces: [a, b, c, d], rows }) => {
        const reader = new JsonReader()
        for (const row of rows) {
          const fields = keys.map((name, index) => `${a}${JSON.stringify(name)}${b}:${c}${row[index]}${d}`)
          check(reader, `{${fields.join(',')}}`)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('says nothing for damaged texts, or what they now say', () => {
    const reader = new JsonReader()
    const text = '{"id":12,"name":"abc","amount":10.25,"on":true,"off":null}'
    check(reader, text)
    expect(check(reader, text)).toBe('guessed')
    const damage = fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }))
    fc.assert(
      fc.property(damage, ([at, removed, added]) => {
        check(reader, text.slice(0, at) + added + text.slice(at + removed))
        const fresh = new JsonReader()
        check(fresh, text)
        check(fresh, text.slice(0, at) + added + text.slice(at + removed))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads what looks like one of the objects before, whatever its spaces', () => {
    const reader = new JsonReader()
    expect(check(reader, '{"id": 1, "name": "a"}')).toBe('asked')
    expect(check(reader, '{"id":1}')).toBe('asked')
    expect(check(reader, '{"id": -23.5, "name": "much longer than before"}')).toBe('guessed')
    expect(check(reader, '{"id":77}')).toBe('guessed')
    expect(check(reader, '{"id": 1, "name": "ä"}')).toBe('asked')
    expect(check(reader, '{"id": 1, "name": "\\n"}')).toBe('asked')
    expect(check(reader, '{"id": 1, "name": "z"}')).toBe('guessed')
  })

  it('gives each its own object, and keeps none of those it learned from', () => {
    const reader = new JsonReader()
    const bytes = Buffer.from('{"a":1}')
    const learned = { a: 1 }
    reader.learn(bytes, 0, bytes.length, learned)
    learned.a = 5
    const first = reader.read(bytes, 0, bytes.length)
    expect(first).toEqual({ a: 1 })
    expect(reader.read(bytes, 0, bytes.length)).not.toBe(first)
  })

  it('stops guessing where it mostly fails', () => {
    const reader = new JsonReader()
    for (let i = 0; i < 1000; i++) check(reader, `{"key${i}":1}`)
    expect(reader.gaveUp).toBe(true)
    expect(check(reader, '{"key0":1}')).toBe('asked')
  })
})
