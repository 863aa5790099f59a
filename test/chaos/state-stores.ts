/** The state stores a run asks for by name: `memory`, or a store package of this repository. Only that one is loaded. */

import type { ByteStoreFactory } from 'millrace/state'

/** @throws Error for a name that is neither. */
export async function openStateStores(name: string): Promise<ByteStoreFactory | undefined> {
  if (name === 'memory') return undefined
  if (name === 'lmdb') return (await import('@millrace/lmdb')).lmdbStores()
  if (name === 'rocksdb') return (await import('@millrace/rocksdb')).rocksdbStores()
  throw new Error(`--store ${name}: there is no such store; use lmdb, rocksdb or memory`)
}
