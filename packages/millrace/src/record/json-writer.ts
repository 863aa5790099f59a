/**
 * Writes flat objects as JSON straight into bytes where they have the same keys in the same order as those written before, as
 * the values of one place in a topology mostly do. Only the values are written anew; no text is made.
 *
 * It only ever writes what `JSON.stringify` would say, or gives `undefined` where it is not sure: anything nested, to be
 * escaped, beyond ASCII, long, undefined, of a class or with a `toJSON`. Where its guesses mostly fail it stops guessing.
 */

import type { BorrowingEncoder } from './serde.ts'
import { LONGEST_NUMBER, writeNumber } from './write-number.ts'

/** What values look like; more kinds than this are not told apart. */
const MAX_SHAPES = 4
/** Beyond this many keys an object is rather a map than a record. */
const MAX_FIELDS = 64
/** Longer text is written faster by V8. */
const MAX_TEXT = 128
const FIRST_BYTES = 512
const NOTHING = Buffer.alloc(0)
/** What is longer is written by V8: views of every length up to here are kept. */
const MAX_BYTES = 4096
/** So many values tried in vain, net of those that were not, end the guessing. */
const PATIENCE = 256

const QUOTE = 0x22
const BACKSLASH = 0x5c
const CLOSE = 0x7d
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

type Fields = Record<string, unknown>

interface Shape {
  readonly keys: readonly string[]
  /** The bytes before each value, from the end of the one before: how many, and in words of four with zeros behind. */
  readonly lengths: readonly number[]
  readonly words: readonly Int32Array[]
}

export class JsonWriter implements BorrowingEncoder<unknown> {
  readonly #room: number
  readonly #shapes: Shape[] = []
  #bytes: Buffer = NOTHING
  #view: DataView = new DataView(NOTHING.buffer)
  /** By length: making a view costs as much as writing what it shows. */
  #views: (Buffer | undefined)[] = []
  #inVain = 0
  /** A getter of a value may write another one. */
  #turn = 0

  /** @param room bytes in front of the text that are left to the caller */
  constructor(room: number) {
    this.#room = room
  }

  /**
   * The value's bytes behind the room, in a buffer that the next call overwrites; undefined where `JSON.stringify` has to be
   * asked.
   */
  write(value: unknown): Buffer | undefined {
    if (this.#inVain > PATIENCE) return undefined
    const turn = ++this.#turn
    try {
      if (!isPlain(value)) return undefined
      for (const shape of this.#shapes) {
        const end = this.#writeAs(shape, value)
        if (turn !== this.#turn) return undefined
        if (end < 0) continue
        if (this.#inVain > 0) this.#inVain--
        return (this.#views[end] ??= this.#bytes.subarray(0, end))
      }
      this.#learn(value)
    } catch {
      // A getter's error: JSON.stringify meets it again, and its caller says what it was.
    }
    return undefined
  }

  /** @returns where the object ends; -1 where it is not sure */
  #writeAs({ keys, lengths, words }: Shape, value: Fields): number {
    const bytes = this.#bytes
    const view = this.#view
    const { length } = bytes
    let at = this.#room
    let index = 0
    // Not Object.keys: V8 reads a property under the loop's own name at its place in the object, without looking it up.
    for (const key in value) {
      if (key !== keys[index]) return -1
      const before = words[index]
      const end = at + lengths[index++]
      if (end + LONGEST_NUMBER > length) return this.#grow()
      // What the last word has too many, the value is written over.
      for (let word = 0; word < before.length; word++, at += 4) view.setInt32(at, before[word])
      at = end
      const field = value[key]
      if (typeof field === 'string') {
        if (field.length > MAX_TEXT) return -1
        if (at + field.length + LONGEST_NUMBER > length) return this.#grow()
        at = writeText(bytes, at, field)
        if (at < 0) return -1
      } else if (typeof field === 'number' && Number.isFinite(field)) at = writeNumber(view, at, field)
      else if (field === true) at = writeLiteral(bytes, at, TRUE)
      else if (field === false) at = writeLiteral(bytes, at, FALSE)
      else if (field === null || typeof field === 'number') at = writeLiteral(bytes, at, NULL)
      else return -1
    }
    // Keys of its own come first: if the last one is, all are.
    if (index !== keys.length || !Object.hasOwn(value, keys[index - 1])) return -1
    bytes[at] = CLOSE
    return at + 1
  }

  /** For the next one: this one is not sure. */
  #grow(): number {
    if (this.#bytes.length < MAX_BYTES) this.#allocate(this.#bytes.length * 2)
    return -1
  }

  #allocate(size: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#view = new DataView(this.#bytes.buffer)
    this.#views = []
  }

  #learn(value: Fields): void {
    if (++this.#inVain > PATIENCE) {
      this.#shapes.length = 0
      this.#allocate(0)
      return
    }
    if (this.#shapes.length === MAX_SHAPES) return
    const keys = Object.keys(value)
    if (keys.length === 0 || keys.length > MAX_FIELDS || this.#shapes.some((shape) => same(shape.keys, keys))) return
    if (this.#bytes.length === 0) this.#allocate(FIRST_BYTES)
    const before = keys.map((key, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(key)}:`))
    this.#shapes.push({ keys, lengths: before.map((bytes) => bytes.length), words: before.map(wordsOf) })
  }
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((key, index) => key === others[index])
}

/** Big-endian. */
function wordsOf(bytes: Buffer): Int32Array {
  const padded = Buffer.alloc((bytes.length + 3) & ~3)
  bytes.copy(padded)
  return Int32Array.from({ length: padded.length / 4 }, (_, word) => padded.readInt32BE(word * 4))
}

/** An object of no class, which is written by its properties. */
function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false
  if (Object.getPrototypeOf(value) !== Object.prototype || Array.isArray(value)) return false
  return (value as Fields).toJSON === undefined
}

/** @returns where it ends; -1 if the text has to be escaped or is beyond ASCII */
function writeText(bytes: Buffer, start: number, text: string): number {
  const { length } = text
  let at = start
  bytes[at++] = QUOTE
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code > 0x7f || code === QUOTE || code === BACKSLASH) return -1
    bytes[at++] = code
  }
  bytes[at++] = QUOTE
  return at
}

function writeLiteral(bytes: Buffer, at: number, literal: Uint8Array): number {
  for (let offset = 0; offset < literal.length; offset++) bytes[at + offset] = literal[offset]
  return at + literal.length
}
