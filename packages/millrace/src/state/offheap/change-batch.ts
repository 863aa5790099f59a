/**
 * A batch of changes as bytes: for each the lengths of key and value (variable-length integers; a deletion's value has the
 * length 0, others theirs plus one), the key, the value. The same bytes are written to the log, read from it, and applied.
 *
 * The buffer is used again and again: a batch is over when the next one begins.
 */

import { copy } from './entry-arena.ts'
import type { TableSet } from './table-set.ts'

/** A larger buffer is given back after use. */
const KEPT_BYTES = 4 << 20

export class ChangeBatch {
  bytes: Buffer = Buffer.allocUnsafeSlow(4 << 10)
  length: number = 0

  /** @param reserved bytes left free at the front */
  begin(reserved: number): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(64 << 10)
    this.length = reserved
  }

  add(key: string, value: Uint8Array | null): void {
    const { length } = key
    const valueLength = value === null ? 0 : value.length
    this.#room(length + valueLength + 10)
    const { bytes } = this
    let at = this.#lengths(length, value === null ? 0 : valueLength + 1)
    for (let index = 0; index < length; index++) bytes[at + index] = key.charCodeAt(index)
    at += length
    if (value !== null) copy(value, 0, bytes, at, valueLength)
    this.length = at + valueLength
  }

  addBytes(key: Uint8Array, value: Uint8Array | null): void {
    const valueLength = value === null ? 0 : value.length
    this.#room(key.length + valueLength + 10)
    const at = this.#lengths(key.length, value === null ? 0 : valueLength + 1)
    copy(key, 0, this.bytes, at, key.length)
    if (value !== null) copy(value, 0, this.bytes, at + key.length, valueLength)
    this.length = at + key.length + valueLength
  }

  /** An entry whose key and value lie one after the other. */
  addEntry(from: Uint8Array, start: number, keyLength: number, valueLength: number): void {
    this.#room(keyLength + valueLength + 10)
    const at = this.#lengths(keyLength, valueLength + 1)
    copy(from, start, this.bytes, at, keyLength + valueLength)
    this.length = at + keyLength + valueLength
  }

  #room(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  #lengths(keyLength: number, valueCode: number): number {
    const at = writeVarint(this.bytes, this.length, keyLength)
    return writeVarint(this.bytes, at, valueCode)
  }
}

/** Applies the changes in bytes [start, end), in their order. */
export function applyChanges(bytes: Uint8Array, start: number, end: number, tables: TableSet): void {
  let at = start
  while (at < end) {
    let keyLength = bytes[at++]
    if (keyLength > 127) {
      keyLength = readVarint(bytes, at - 1)
      at += varintBytes(keyLength) - 1
    }
    let valueCode = bytes[at++]
    if (valueCode > 127) {
      valueCode = readVarint(bytes, at - 1)
      at += varintBytes(valueCode) - 1
    }
    const table = tables.tableOf(bytes, at, keyLength)
    if (valueCode === 0) table.delete(bytes, at, keyLength)
    else table.put(bytes, at, keyLength, valueCode - 1)
    at += keyLength + (valueCode === 0 ? 0 : valueCode - 1)
  }
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

function readVarint(bytes: Uint8Array, start: number): number {
  let value = 0
  for (let at = start, shift = 0; ; at++, shift += 7) {
    value |= (bytes[at] & 127) << shift
    if (bytes[at] < 128) return value >>> 0
  }
}

function varintBytes(value: number): number {
  let count = 1
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++
  return count
}
