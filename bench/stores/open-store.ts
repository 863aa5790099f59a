/**
 * Opens a store of each kind by name, as an app would, through the public entry points.
 */

import { lmdbStores } from '@millrace/lmdb'
import { rocksdbStores } from '@millrace/rocksdb'
import { type ByteStore, type ByteStoreFactory, MemoryStore, offHeapStores } from 'millrace/state'

export const STORES = ['memory', 'offheap', 'lmdb', 'rocksdb'] as const
export type StoreKind = (typeof STORES)[number]

export interface OpenStore {
  readonly store: ByteStore
  close(): Promise<void>
}

const FACTORIES: Readonly<Record<StoreKind, () => ByteStoreFactory>> = {
  memory: () => ({ name: 'memory', open: ({ storeName }) => new MemoryStore(storeName) }),
  offheap: () => offHeapStores(),
  lmdb: () => lmdbStores(),
  rocksdb: () => rocksdbStores(),
}

/** @param segmented keys begin with a segment */
export async function openStore(kind: StoreKind, stateDir: string, segmented: boolean): Promise<OpenStore> {
  const factory = FACTORIES[kind]()
  const opened = await factory.prepare?.({ applicationId: 'bench', stateDir })
  const use = { persistent: true, ordered: false, segmented }
  const store = factory.open({ applicationId: 'bench', taskId: '0_0', storeName: 'bench', stateDir, use })
  return {
    store,
    async close() {
      store.close()
      await opened?.[Symbol.asyncDispose]()
    },
  }
}
