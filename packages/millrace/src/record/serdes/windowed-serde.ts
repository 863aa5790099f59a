/**
 * Serdes of windowed keys. Besides the bytes, they tell how such keys are partitioned: by the inner key alone, so that all
 * windows of a key stay together (reference 2.11).
 */

import { deferSerde } from '../deferred-serde.ts'
import type { Serde, SerdeContext } from '../serde.ts'
import type { Windowed } from '../windowed.ts'

/** Up to this length a loop is faster than a call into native code. */
const SHORT = 32

type WithText<K> = Serde<K> & Required<Pick<Serde<K>, 'text'>>

export interface WindowedSerde<K> extends Serde<Windowed<K>> {
  /** The serde of the key within. */
  readonly inner: Serde<K>
  /** Encodes a windowed key to the bytes of its inner key: what the default partitioner of a sink hashes. */
  readonly partitionKey: Serde<Windowed<K>>
}

export function isWindowedSerde(serde: Serde<unknown> | undefined): serde is WindowedSerde<unknown> {
  return serde !== undefined && 'inner' in serde && 'partitionKey' in serde
}

/** The serde that sees a windowed key's inner key only. */
export function innerKeySerde<K>(inner: Serde<K>): Serde<Windowed<K>> {
  const serde: Serde<Windowed<K>> = {
    name: inner.name,
    encode: (windowed, context) => inner.encode(windowed.key, context),
    decode() {
      throw new Error('A windowed key cannot be read back from its inner key: this serde only partitions.')
    },
  }
  return inner.text === undefined ? serde : { ...serde, text: ({ key }) => (inner as WithText<K>).text(key) }
}

/** The bytes of a window's key, with room for its times behind them. A short text is written there without detours. */
export function keyWithRoom<K>(inner: Serde<K>, key: K, room: number, context: SerdeContext): Buffer {
  if (inner.text === undefined) return withRoom(inner.encode(key, context), room)
  const text = inner.text(key)
  const { length } = text
  if (length > SHORT) return withRoom(Buffer.from(text), room)
  const bytes = Buffer.allocUnsafe(length + room)
  let seen = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    seen |= code
    bytes[at] = code
  }
  return seen < 0x80 ? bytes : withRoom(Buffer.from(text), room)
}

function withRoom(key: Uint8Array, room: number): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + room)
  bytes.set(key, 0)
  return bytes
}

/** The function that puts a window's key serde around an inner one, or around the app's default where none is given. */
export function windowedKeySerde(
  around: <K>(inner: Serde<K>) => WindowedSerde<K>,
): <K>(inner: Serde<K> | undefined) => WindowedSerde<K> {
  return <K>(inner: Serde<K> | undefined): WindowedSerde<K> => {
    if (inner !== undefined) return around(inner)
    const deferred = deferSerde('windowed(default)', around)
    const partitionKey = deferSerde('windowed(default)', innerKeySerde)
    return { ...deferred, inner: undefined, partitionKey } as unknown as WindowedSerde<K>
  }
}
