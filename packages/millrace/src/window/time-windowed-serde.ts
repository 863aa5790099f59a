/**
 * Time-windowed keys on topics: the key's bytes, then the window's start in 8 bytes. The end is not written: the reader must
 * know the window's length. Sliding windows are written the same way.
 */

import type { Serde, SerdeContext } from '../record/serde.ts'
import type { Windowed } from '../record/windowed.ts'
import { innerKeySerde, type WindowedSerde } from './windowed-serde.ts'

/**
 * Serde of keys in tumbling, hopping or sliding windows, for reading a topic that holds them.
 *
 * @param inner serde of the key within
 * @param sizeMs length of the windows (sliding: the time difference), ms
 */
export function timeWindowed<K>(inner: Serde<K>, sizeMs: number): WindowedSerde<K> {
  return Object.freeze({
    name: `timeWindowed(${inner.name}, ${sizeMs})`,
    inner,
    partitionKey: innerKeySerde(inner),
    encode(windowed: Windowed<K>, context: SerdeContext): Uint8Array {
      const key = inner.encode(windowed.key, context)
      const bytes = Buffer.allocUnsafe(key.length + 8)
      bytes.set(key)
      bytes.writeBigInt64BE(BigInt(windowed.window.start), key.length)
      return bytes
    },
    decode(bytes: Buffer, start: number, end: number, context: SerdeContext): Windowed<K> {
      const key = inner.decode(bytes, start, end - 8, context)
      const windowStart = Number(bytes.readBigInt64BE(end - 8))
      return { key, window: { start: windowStart, end: windowEnd(windowStart, sizeMs) } }
    },
  })
}

/** End of a time window; an unlimited one ends with time itself. */
export function windowEnd(start: number, sizeMs: number): number {
  return Math.min(start + sizeMs, Number.MAX_SAFE_INTEGER)
}
