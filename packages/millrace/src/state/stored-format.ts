/**
 * How a store's values become bytes, locally and in the changelog: plain, or with their timestamp in front (reference
 * 2.5) which the changelog carries as the record's own (2.4).
 */

import { readInt64, writeInt64 } from '../record/int64.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { borrowTail } from './byte-string.ts'
import type { ValueAndTimestamp } from './stores.ts'
import type { ValueView } from './value-view.ts'

/** T is what the store's user reads and writes, V what its cache forwards. */
export interface StoredFormat<T, V = unknown> {
  encode(value: T): Uint8Array
  /** As `encode`, for the caller's callee only: the next call may overwrite the bytes. */
  encodeBorrowed(value: T): Uint8Array
  decode(bytes: Uint8Array): T
  /** Decodes in place, where the serde's values keep nothing of the bytes; else from a copy. */
  decodeView(view: ValueView): T
  /** The changelog's value, for the caller's callee only. */
  logged(stored: Uint8Array): Uint8Array
  /** The changelog record's timestamp; `contextTimestamp` where the value has none of its own. */
  timestamp(stored: Uint8Array, contextTimestamp: number): number
  /** From a changelog record's value, which may be a view, to what is stored. Copies. */
  restored(value: Uint8Array, timestamp: number): Uint8Array
  /** The value without its timestamp. */
  plain(value: T): V
  /** Its timestamp, if it has one. */
  time(value: T): number
  /** A value of both. */
  whole(plain: V, time: number): T
  /**
   * What `encode` gives for this value in bytes, where that is known without encoding it; the value may be encoded late then.
   * Fails as `encode` would.
   */
  length(value: T): number | undefined
}

export function plainFormat<V>(serde: Serde<V>, context: SerdeContext): StoredFormat<V, V> {
  const inPlace = serde.decodesCopies === true
  const encoder = serde.encoder?.(0)
  return {
    encode: (value) => copied(encoder?.write(value)) ?? serde.encode(value, context),
    encodeBorrowed: (value) => encoder?.write(value) ?? serde.encode(value, context),
    decodeView(view) {
      if (inPlace) return serde.decode(view.bytes, view.start, view.end, context)
      const bytes = copyOf(view)
      return serde.decode(bytes, 0, bytes.length, context)
    },
    decode: (bytes) => serde.decode(asBuffer(bytes), 0, bytes.length, context),
    logged: (stored) => stored,
    timestamp: (_stored, contextTimestamp) => contextTimestamp,
    restored: (value) => Buffer.from(value),
    plain: (value) => value,
    time: () => 0,
    whole: (value) => value,
    length(value) {
      serde.fixed?.check(value)
      return serde.fixed?.bytes
    },
  }
}

export function timestampedFormat<V>(serde: Serde<V>, context: SerdeContext): StoredFormat<ValueAndTimestamp<V>, V> {
  const { fixed } = serde
  const inPlace = serde.decodesCopies === true
  const borrowed = fixed === undefined ? undefined : Buffer.allocUnsafeSlow(8 + fixed.bytes)
  const encoder = serde.encoder?.(8)
  const borrowedOf = ({ value, timestamp }: ValueAndTimestamp<V>): Buffer | undefined => {
    const known = encoder?.write(value)
    if (known !== undefined) writeInt64(known, 0, timestamp)
    return known
  }
  const made = ({ value, timestamp }: ValueAndTimestamp<V>): Uint8Array => {
    if (serde.text !== undefined) return timestampedText(serde.text(value), timestamp)
    return withTimestamp(serde.encode(value, context), timestamp)
  }
  const encodeFixed = ({ value, timestamp }: ValueAndTimestamp<V>, bytes: Buffer): Uint8Array => {
    fixed?.check(value)
    writeInt64(bytes, 0, timestamp)
    fixed?.write(value, bytes, 8)
    return bytes
  }
  return {
    encode(value) {
      if (fixed !== undefined) return encodeFixed(value, Buffer.allocUnsafe(8 + fixed.bytes))
      return copied(borrowedOf(value)) ?? made(value)
    },
    encodeBorrowed:
      borrowed === undefined ? (value) => borrowedOf(value) ?? made(value) : (value) => encodeFixed(value, borrowed),
    decodeView(view) {
      if (inPlace) {
        const timestamp = readInt64(view.bytes, view.start)
        return { value: serde.decode(view.bytes, view.start + 8, view.end, context), timestamp }
      }
      const bytes = copyOf(view)
      return { value: serde.decode(bytes, 8, bytes.length, context), timestamp: readInt64(bytes, 0) }
    },
    decode: (bytes) => ({
      value: serde.decode(asBuffer(bytes), 8, bytes.length, context),
      timestamp: readInt64(bytes, 0),
    }),
    logged: (stored) => borrowTail(stored, 8),
    timestamp: (stored) => readInt64(stored, 0),
    restored: withTimestamp,
    plain: (value) => value.value,
    time: (value) => value.timestamp,
    whole: (value, timestamp) => ({ value, timestamp }),
    length({ value }) {
      fixed?.check(value)
      return fixed === undefined ? undefined : 8 + fixed.bytes
    },
  }
}

/** A value with its timestamp in front. */
export function withTimestamp(value: Uint8Array, timestamp: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + value.length)
  writeInt64(bytes, 0, timestamp)
  bytes.set(value, 8)
  return bytes
}

function timestampedText(text: string, timestamp: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + Buffer.byteLength(text))
  writeInt64(bytes, 0, timestamp)
  bytes.write(text, 8, 'utf8')
  return bytes
}

function copied(borrowed: Buffer | undefined): Buffer | undefined {
  return borrowed === undefined ? undefined : Buffer.from(borrowed)
}

function copyOf({ bytes, start, end }: ValueView): Buffer {
  return Buffer.from(bytes.subarray(start, end))
}

/** A view as a Buffer, which serdes decode from. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
