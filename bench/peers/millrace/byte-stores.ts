/** The byte stores a run asks for by name: an adapter's package is loaded only when it is asked for. */

import type { StreamsAppOptions } from 'millrace'
import { MemoryStore } from 'millrace/state'

type ByteStores = StreamsAppOptions['stateStores']

/** @param name `memory`, `rocksdb` or `lmdb`; undefined is Millrace's default. */
export async function byteStores(name: string | undefined): Promise<ByteStores> {
  if (name === undefined) return undefined
  if (name === 'memory') return { name, open: ({ storeName }) => new MemoryStore(storeName) }
  const adapter = (await import(`@millrace/${name}`)) as Record<string, () => ByteStores>
  return adapter[`${name}Stores`]()
}
