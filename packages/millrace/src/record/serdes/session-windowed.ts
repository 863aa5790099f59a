/** A session's key on a topic: the key, the 8-byte end, the 8-byte start (reference 2.10). Stores use the same bytes. */

import { SerdeError } from '../errors.ts'
import { readInt64, writeInt64 } from '../int64.ts'
import type { Serde } from '../serde.ts'
import type { Windowed } from '../windowed.ts'
import { innerKeySerde, keyWithRoom, type WindowedSerde } from './windowed-serde.ts'

/** Keys of session windows. */
export function sessionWindowed<K>(inner: Serde<K>): WindowedSerde<K> {
  return Object.freeze<WindowedSerde<K>>({
    name: `sessionWindowed(${inner.name})`,
    inner,
    decodesCopies: inner.decodesCopies === true,
    partitionKey: innerKeySerde(inner),
    encode(value: Windowed<K>, context) {
      const bytes = keyWithRoom(inner, value.key, 16, context)
      writeInt64(bytes, bytes.length - 16, value.window.end)
      writeInt64(bytes, bytes.length - 8, value.window.start)
      return bytes
    },
    decode(bytes, start, end, context) {
      if (end - start < 16) throw new SerdeError(`a session key has at least 16 bytes and this one has ${end - start}`)
      return {
        key: inner.decode(bytes, start, end - 16, context),
        window: { start: readInt64(bytes, end - 8), end: readInt64(bytes, end - 16) },
      }
    },
  })
}
