/**
 * Serdes of windowed keys. Besides the bytes, they tell how such keys are partitioned: by the inner key alone, so that all
 * windows of a key stay together (reference 2.11).
 */

import { deferSerde } from '../deferred-serde.ts'
import type { Serde, SerdeContext } from '../serde.ts'
import type { Windowed } from '../windowed.ts'

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
  return {
    name: inner.name,
    encode: (windowed: Windowed<K>, context: SerdeContext) => inner.encode(windowed.key, context),
    decode() {
      throw new Error('A windowed key cannot be read back from its inner key: this serde only partitions.')
    },
  }
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
