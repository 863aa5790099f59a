/**
 * Reads JSON objects straight from bytes where they look like those read before: the same keys in the same order with the
 * same spaces, as a topic's records mostly do. What lies between the values is then compared, not parsed, and no text is made.
 *
 * It only ever says what `JSON.parse` would say, or `undefined` where it is not sure: anything nested, escaped, beyond ASCII,
 * with an exponent or more digits than a number holds exactly. Where its guesses mostly fail it stops guessing.
 */

import { asciiText } from './ascii-text.ts'

/** What a topic's values looked like so far; more kinds than this are not told apart. */
const MAX_SHAPES = 4
/** Beyond this many keys an object is rather a map than a record. */
const MAX_FIELDS = 64
/** A decimal of so many digits, and a power of ten as large, are exact, so their quotient is the nearest number. */
const MAX_DIGITS = 15
/** So many values read in vain, net of those that were not, end the guessing. */
const PATIENCE = 256
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const SMALL_E = 0x65
const OPEN = 0x7b
const CLOSE = 0x7d
const WORDS = [true, false, null].map((value) => ({ literal: Buffer.from(String(value)), value }))

type Fields = Record<string, unknown>

interface Shape {
  readonly keys: readonly string[]
  /** The bytes before each value, from the end of the one before. */
  readonly before: readonly Uint8Array[]
  /** The bytes after the last value. */
  readonly after: Uint8Array
  /** An object with these keys: copying it is the fastest way to another one. */
  readonly sample: Fields
}

/** What `#value` gives where it is not sure. */
const UNSURE: unique symbol = Symbol('unsure')

export class JsonReader {
  readonly #shapes: Shape[] = []
  #inVain = 0
  /** Behind the value read last. */
  #end = 0

  /** The object that `bytes[start..end)` says; undefined where `JSON.parse` has to be asked. */
  read(bytes: Buffer, start: number, end: number): Fields | undefined {
    for (const shape of this.#shapes) {
      const found = this.#readAs(shape, bytes, start, end)
      if (found === undefined) continue
      if (this.#inVain > 0) this.#inVain--
      return found
    }
    return undefined
  }

  /** What `JSON.parse` gave for bytes that `read` was not sure of. */
  learn(bytes: Buffer, start: number, end: number, value: unknown): void {
    if (++this.#inVain > PATIENCE) this.#shapes.length = 0
    else if (this.#shapes.length < MAX_SHAPES) {
      const shape = this.#shapeOf(bytes, start, end, value)
      if (shape !== undefined) this.#shapes.unshift(shape)
    }
  }

  /** True once guessing has failed so often that it is not worth the time. */
  get gaveUp(): boolean {
    return this.#inVain > PATIENCE
  }

  #readAs({ keys, before, after, sample }: Shape, bytes: Buffer, start: number, end: number): Fields | undefined {
    if (bytes[end - 1] !== after[after.length - 1]) return undefined
    const result = { ...sample }
    let at = start
    for (let index = 0; index < keys.length; index++) {
      const literal = before[index]
      for (let offset = 0; offset < literal.length; offset++) {
        if (bytes[at + offset] !== literal[offset]) return undefined
      }
      const value = this.#value(bytes, at + literal.length)
      if (value === UNSURE) return undefined
      result[keys[index]] = value
      at = this.#end
    }
    if (at + after.length !== end) return undefined
    for (let offset = 0; offset < after.length; offset++) {
      if (bytes[at + offset] !== after[offset]) return undefined
    }
    return result
  }

  /** A string, number, true, false or null; how far it reaches is looked at by the caller. */
  #value(bytes: Buffer, start: number): unknown {
    const first = bytes[start]
    if (first === QUOTE) return this.#text(bytes, start + 1)
    if (first === MINUS) {
      const value = this.#number(bytes, start + 1)
      return value === UNSURE ? UNSURE : -(value as number)
    }
    if (first >= ZERO && first <= NINE) return this.#number(bytes, start)
    for (const { literal, value } of WORDS) {
      if (first !== literal[0] || !literal.every((byte, offset) => bytes[start + offset] === byte)) continue
      this.#end = start + literal.length
      return value
    }
    return UNSURE
  }

  #text(bytes: Buffer, start: number): string | typeof UNSURE {
    let at = start
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      // Behind the buffer's end there is undefined, which is neither.
      if (!(byte >= 0x20 && byte < 0x80) || byte === BACKSLASH) return UNSURE
    }
    this.#end = at + 1
    return asciiText(bytes, start, at)
  }

  #number(bytes: Buffer, start: number): number | typeof UNSURE {
    let at = start
    let value = 0
    for (let byte = bytes[at]; byte >= ZERO && byte <= NINE; byte = bytes[++at]) value = value * 10 + (byte - ZERO)
    const whole = at - start
    if (whole === 0 || whole > MAX_DIGITS || (whole > 1 && bytes[start] === ZERO)) return UNSURE
    if (bytes[at] === POINT) {
      const point = at++
      for (let byte = bytes[at]; byte >= ZERO && byte <= NINE; byte = bytes[++at]) value = value * 10 + (byte - ZERO)
      const decimals = at - point - 1
      if (decimals === 0 || whole + decimals > MAX_DIGITS) return UNSURE
      value /= POWERS[decimals]
    }
    if ((bytes[at] | 0x20) === SMALL_E) return UNSURE
    this.#end = at
    return value
  }

  #shapeOf(bytes: Buffer, start: number, end: number, value: unknown): Shape | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const keys = Object.keys(value)
    if (keys.length === 0 || keys.length > MAX_FIELDS || keys.includes('__proto__')) return undefined
    const before: Uint8Array[] = []
    let at = start
    for (const key of keys) {
      const from = at
      at = afterByte(bytes, at, before.length === 0 ? OPEN : COMMA)
      const name = this.#value(bytes, skipSpace(bytes, at))
      at = afterByte(bytes, this.#end, COLON)
      if (name !== key || at < 0) return undefined
      at = skipSpace(bytes, at)
      if (this.#value(bytes, at) === UNSURE) return undefined
      before.push(Uint8Array.prototype.slice.call(bytes, from, at))
      at = this.#end
    }
    const close = afterByte(bytes, at, CLOSE)
    if (close < 0 || skipSpace(bytes, close) < end) return undefined
    return { keys, before, after: Uint8Array.prototype.slice.call(bytes, at, end), sample: { ...value } as Fields }
  }
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] === 0x20 || (bytes[at] >= 0x09 && bytes[at] <= 0x0d)) at++
  return at
}

/** Behind the byte, spaces before it left out; -1 if another is there. */
function afterByte(bytes: Buffer, start: number, byte: number): number {
  if (start < 0) return -1
  const at = skipSpace(bytes, start)
  return bytes[at] === byte ? at + 1 : -1
}
