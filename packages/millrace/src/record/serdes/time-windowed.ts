/**
 * A windowed key on a topic: the key, then the 8-byte window start (reference 2.10). The end is not written, so the
 * reader must know the size. Sliding windows are written the same way.
 */

import { SerdeError } from '../errors.ts'
import { readInt64, writeInt64 } from '../int64.ts'
import type { Serde } from '../serde.ts'
import type { Windowed } from '../windowed.ts'
import { innerKeySerde, keyWithRoom, type WindowedSerde } from './windowed-serde.ts'

/**
 * Keys of tumbling, hopping and sliding windows.
 *
 * @param inner serde of the key
 * @param sizeMs window end − window start: the size, or for sliding windows the time difference
 */
export function timeWindowed<K>(inner: Serde<K>, sizeMs: number): WindowedSerde<K> {
  return Object.freeze<WindowedSerde<K>>({
    name: `timeWindowed(${inner.name}, ${sizeMs})`,
    inner,
    decodesCopies: inner.decodesCopies === true,
    partitionKey: innerKeySerde(inner),
    encode(value: Windowed<K>, context) {
      const bytes = keyWithRoom(inner, value.key, 8, context)
      writeInt64(bytes, bytes.length - 8, value.window.start)
      return bytes
    },
    decode(bytes, start, end, context) {
      if (end - start < 8) throw new SerdeError(`a windowed key has at least 8 bytes and this one has ${end - start}`)
      const windowStart = readInt64(bytes, end - 8)
      return {
        key: inner.decode(bytes, start, end - 8, context),
        window: { start: windowStart, end: windowEnd(windowStart, sizeMs) },
      }
    },
  })
}

/** End of a time window; an unlimited one ends with time itself. */
export function windowEnd(start: number, sizeMs: number): number {
  return Math.min(start + sizeMs, Number.MAX_SAFE_INTEGER)
}
