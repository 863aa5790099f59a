/**
 * How a store's values become bytes, locally and in the changelog: plain, or with their timestamp in front (reference
 * 2.5) which the changelog carries as the record's own (2.4).
 */

import { readInt64, writeInt64 } from '../record/int64.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import type { ValueAndTimestamp } from './stores.ts'

/** T is what the store's user reads and writes, V what its cache forwards. */
export interface StoredFormat<T, V = unknown> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
  /** The changelog's value. */
  logged(stored: Uint8Array): Uint8Array
  /** The changelog record's timestamp; `contextTimestamp` where the value has none of its own. */
  timestamp(stored: Uint8Array, contextTimestamp: number): number
  /** From a changelog record's value, which may be a view, to what is stored. Copies. */
  restored(value: Uint8Array, timestamp: number): Uint8Array
  /** The value without its timestamp. */
  plain(value: T): V
}

export function plainFormat<V>(serde: Serde<V>, context: SerdeContext): StoredFormat<V, V> {
  return {
    encode: (value) => serde.encode(value, context),
    decode: (bytes) => serde.decode(asBuffer(bytes), 0, bytes.length, context),
    logged: (stored) => stored,
    timestamp: (_stored, contextTimestamp) => contextTimestamp,
    restored: (value) => Buffer.from(value),
    plain: (value) => value,
  }
}

export function timestampedFormat<V>(serde: Serde<V>, context: SerdeContext): StoredFormat<ValueAndTimestamp<V>, V> {
  return {
    encode({ value, timestamp }) {
      if (serde.text !== undefined) return timestampedText(serde.text(value), timestamp)
      return withTimestamp(serde.encode(value, context), timestamp)
    },
    decode: (bytes) => ({
      value: serde.decode(asBuffer(bytes), 8, bytes.length, context),
      timestamp: readInt64(bytes, 0),
    }),
    logged: (stored) => stored.subarray(8),
    timestamp: (stored) => readInt64(stored, 0),
    restored: withTimestamp,
    plain: (value) => value.value,
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

/** A view as a Buffer, which serdes decode from. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
