/**
 * Byte strings: bytes as a JavaScript string of one unit (0–255) each. They hash, compare (`<` is unsigned byte order) and
 * concatenate natively, which makes them the keys of everything in memory between the typed stores and a byte store.
 */

const NON_ASCII = /[^\0-\x7f]/
/** Up to this length a loop is faster than a call into native code. */
const SHORT = 32

/** The bytes of a byte string, in an array of their own. */
export function toBytes(key: string): Buffer {
  return Buffer.from(key, 'latin1')
}

const BORROWED = Buffer.allocUnsafeSlow(256)
const borrowedViews: Buffer[] = []
const JOINED = Buffer.allocUnsafeSlow(64)
const BORROWED_TAIL = Buffer.allocUnsafeSlow(32)
const borrowedTails: Buffer[] = []

/** The bytes of a byte string from a position on, for the caller's callee only: the next call may overwrite them. */
export function borrowBytes(key: string, from: number = 0): Buffer {
  const length = key.length - from
  if (length > BORROWED.length) return toBytes(from === 0 ? key : key.slice(from))
  borrowedViews[length] ??= BORROWED.subarray(0, length)
  const view = borrowedViews[length]
  if (length > 48) view.write(from === 0 ? key : key.slice(from), 0, 'latin1')
  else for (let at = 0; at < length; at++) view[at] = key.charCodeAt(from + at)
  return view
}

/**
 * The three one after the other, as a string of one piece. What `+` makes is a tree of its parts, which the first map that
 * it is looked up in turns into one piece, at more cost, and every later look at it goes through what is left of the tree.
 */
export function joined(prefix: string, key: string, suffix: string): string {
  const before = prefix.length
  const middle = before + key.length
  const end = middle + suffix.length
  if (end > JOINED.length) return prefix + key + suffix
  for (let at = 0; at < before; at++) JOINED[at] = prefix.charCodeAt(at)
  for (let at = before; at < middle; at++) JOINED[at] = key.charCodeAt(at - before)
  for (let at = middle; at < end; at++) JOINED[at] = suffix.charCodeAt(at - middle)
  return JOINED.toString('latin1', 0, end)
}

/** The bytes from a position on, for the caller's callee only: the next call may overwrite them. */
export function borrowTail(bytes: Uint8Array, from: number): Uint8Array {
  const length = bytes.length - from
  if (length > 32) return bytes.subarray(from)
  borrowedTails[length] ??= BORROWED_TAIL.subarray(0, length)
  const view = borrowedTails[length]
  for (let at = 0; at < length; at++) view[at] = bytes[from + at]
  return view
}

export function fromBytes(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes)
    ? bytes.toString('latin1')
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** Whether a byte string is the text that its bytes are in UTF-8. */
export function isText(bytes: string): boolean {
  const { length } = bytes
  if (length > SHORT) return !NON_ASCII.test(bytes)
  let seen = 0
  for (let at = 0; at < length; at++) seen |= bytes.charCodeAt(at)
  return seen < 0x80
}

/** A text's UTF-8 bytes; of ASCII text that is the text itself. */
export function fromText(text: string): string {
  return isText(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

const HIGH = 0x100000000
let lastInt64 = 0
let lastInt64String = '\0\0\0\0\0\0\0\0'

/** 8 bytes, big-endian. The last one is kept: a window's records come one after the other. */
export function int64String(value: number): string {
  if (value === lastInt64) return lastInt64String
  const high = Math.floor(value / HIGH)
  const low = value - high * HIGH
  lastInt64 = value
  lastInt64String = wordsString(high, low)
  return lastInt64String
}

/** 8 bytes, big-endian, from two words of 32 bits. */
export function wordsString(high: number, low: number): string {
  return String.fromCharCode(
    (high >>> 24) & 255,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    (low >>> 24) & 255,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  )
}

/** 4 bytes, big-endian. */
export function int32String(value: number): string {
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

/** The 8-byte integer at a position. */
export function int64At(key: string, at: number): number {
  return int32At(key, at) * HIGH + (int32At(key, at + 4) >>> 0)
}

/** The 4-byte integer at a position. */
export function int32At(key: string, at: number): number {
  return (
    (key.charCodeAt(at) << 24) | (key.charCodeAt(at + 1) << 16) | (key.charCodeAt(at + 2) << 8) | key.charCodeAt(at + 3)
  )
}

/** Just behind every key that starts with these bytes; undefined: there is no end. */
export function afterPrefix(prefix: string): string | undefined {
  let end = prefix.length
  while (end > 0 && prefix.charCodeAt(end - 1) === 255) end--
  return end === 0 ? undefined : prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1)
}

/** Just behind this key: as an exclusive bound it makes the key inclusive. */
export function justAfter(key: string): string {
  return `${key}\0`
}

/** Where a byte string is in an ascending list, or belongs. */
export function lowerBound(ascending: readonly string[], value: string): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
