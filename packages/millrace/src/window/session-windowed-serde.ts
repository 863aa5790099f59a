/**
 * Session keys on topics: the key's bytes, then the session's end and its start in 8 bytes each (in that order, so that the
 * store finds sessions by their end).
 */

import type { Serde, SerdeContext } from '../record/serde.ts'
import type { Windowed } from '../record/windowed.ts'
import { innerKeySerde, type WindowedSerde } from './windowed-serde.ts'

/**
 * Serde of session keys, for reading a topic that holds them.
 *
 * @param inner serde of the key within
 */
export function sessionWindowed<K>(inner: Serde<K>): WindowedSerde<K> {
  return Object.freeze({
    name: `sessionWindowed(${inner.name})`,
    inner,
    partitionKey: innerKeySerde(inner),
    encode(windowed: Windowed<K>, context: SerdeContext): Uint8Array {
      const key = inner.encode(windowed.key, context)
      const bytes = Buffer.allocUnsafe(key.length + 16)
      bytes.set(key)
      bytes.writeBigInt64BE(BigInt(windowed.window.end), key.length)
      bytes.writeBigInt64BE(BigInt(windowed.window.start), key.length + 8)
      return bytes
    },
    decode(bytes: Buffer, start: number, end: number, context: SerdeContext): Windowed<K> {
      return {
        key: inner.decode(bytes, start, end - 16, context),
        window: { start: Number(bytes.readBigInt64BE(end - 8)), end: Number(bytes.readBigInt64BE(end - 16)) },
      }
    },
  })
}
