/**
 * A batch of changes as bytes: for each the lengths of key and value (variable-length integers; a deletion's value has the
 * length 0, others theirs plus one), the key, the value. The same bytes are collected, written to the log behind a frame's
 * head, read from it, and applied.
 *
 * A batch is over when it is begun again.
 */

import { copy } from './entry-arena.ts'
import { FRAME_BYTES, OFFSET_BYTES } from './log-frame.ts'
import type { TableSet } from './table-set.ts'

/** A larger buffer is given back after use. */
const KEPT_BYTES = 4 << 20

export class ChangeBatch {
  /** Changes begin behind this many bytes, which are the log's. */
  static readonly RESERVED: number = FRAME_BYTES + OFFSET_BYTES
  bytes: Buffer
  length: number = ChangeBatch.RESERVED
  /** Changes in it. */
  count: number = 0

  /** @param bytes what it is collected in; a larger one takes its place when need be */
  constructor(bytes: Buffer = Buffer.allocUnsafeSlow(4 << 10)) {
    this.bytes = bytes
  }

  begin(): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(64 << 10)
    this.length = ChangeBatch.RESERVED
    this.count = 0
  }

  /** Goes on in another buffer, larger than what is in it. */
  moveTo(bytes: Buffer): void {
    this.bytes.copy(bytes, 0, 0, this.length)
    this.bytes = bytes
  }

  get isEmpty(): boolean {
    return this.count === 0
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

  /** An entry whose key and value lie one after the other; −1 as its value's length deletes. */
  addEntry(from: Uint8Array, start: number, keyLength: number, valueLength: number): void {
    const length = keyLength + Math.max(valueLength, 0)
    this.#room(length + 10)
    const at = this.#lengths(keyLength, valueLength + 1)
    copy(from, start, this.bytes, at, length)
    this.length = at + length
  }

  #room(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.bytes.length) return
    this.moveTo(Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length)))
  }

  #lengths(keyLength: number, valueCode: number): number {
    this.count++
    const at = writeVarint(this.bytes, this.length, keyLength)
    return writeVarint(this.bytes, at, valueCode)
  }
}

/** One change of a batch, found at its position. */
export class ChangeAt {
  keyStart = 0
  keyLength = 0
  /** Behind the key; −1: it deletes. */
  valueLength = 0
  /** Where the next change begins. */
  end = 0

  read(bytes: Uint8Array, position: number): void {
    let at = position
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
    this.keyStart = at
    this.keyLength = keyLength
    this.valueLength = valueCode - 1
    this.end = at + keyLength + (valueCode === 0 ? 0 : valueCode - 1)
  }
}

const change = new ChangeAt()

/** Applies the changes in bytes [start, end), in their order. */
export function applyChanges(bytes: Uint8Array, start: number, end: number, tables: TableSet): void {
  for (let at = start; at < end; at = change.end) {
    change.read(bytes, at)
    const { keyStart, keyLength, valueLength } = change
    const table = tables.tableOf(bytes, keyStart, keyLength)
    if (valueLength < 0) table.delete(bytes, keyStart, keyLength)
    else table.put(bytes, keyStart, keyLength, valueLength)
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
