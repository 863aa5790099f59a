/**
 * Byte strings: bytes as a JavaScript string of one unit (0–255) each. They hash, compare (`<` is unsigned byte order) and
 * concatenate natively, which makes them the keys of everything in memory between the typed stores and a byte store.
 */

import { readInt64, writeInt64 } from '../record/int64.ts'

const LONG = Buffer.allocUnsafeSlow(8)
const NON_ASCII = /[^\0-\x7f]/

/** The bytes of a byte string, in an array of their own. */
export function toBytes(key: string): Buffer {
  return Buffer.from(key, 'latin1')
}

const BORROWED = Buffer.allocUnsafeSlow(256)
const borrowedViews: Buffer[] = []

/** The bytes of a byte string for the caller's callee only: the next call may overwrite them. */
export function borrowBytes(key: string): Buffer {
  const { length } = key
  if (length > BORROWED.length) return toBytes(key)
  borrowedViews[length] ??= BORROWED.subarray(0, length)
  const view = borrowedViews[length]
  if (length > 48) view.write(key, 0, 'latin1')
  else for (let at = 0; at < length; at++) view[at] = key.charCodeAt(at)
  return view
}

export function fromBytes(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes)
    ? bytes.toString('latin1')
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** A text's UTF-8 bytes; of ASCII text that is the text itself. */
export function fromText(text: string): string {
  return NON_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** 8 bytes, big-endian. */
export function int64String(value: number): string {
  writeInt64(LONG, 0, value)
  return String.fromCharCode(LONG[0], LONG[1], LONG[2], LONG[3], LONG[4], LONG[5], LONG[6], LONG[7])
}

/** 4 bytes, big-endian. */
export function int32String(value: number): string {
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

/** The 8-byte integer at a position. */
export function int64At(key: string, at: number): number {
  for (let index = 0; index < 8; index++) LONG[index] = key.charCodeAt(at + index)
  return readInt64(LONG, 0)
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
