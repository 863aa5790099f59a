/**
 * Opens a store of each kind by name, as an app would, through the public entry points.
 */

import { lmdbStores } from '@millrace/lmdb'
import { rocksdbStores } from '@millrace/rocksdb'
import { type ByteStore, type ByteStoreFactory, MemoryStore } from 'millrace/state'

export const STORES = ['memory', 'lmdb', 'rocksdb'] as const
export type StoreKind = (typeof STORES)[number]

export interface OpenStore {
  readonly store: ByteStore
  close(): Promise<void>
}

const FACTORIES: Readonly<Record<StoreKind, () => ByteStoreFactory>> = {
  memory: () => ({ name: 'memory', open: ({ storeName }) => new MemoryStore(storeName) }),
  lmdb: () => lmdbStores(),
  rocksdb: () => rocksdbStores(),
}

export async function openStore(kind: StoreKind, stateDir: string): Promise<OpenStore> {
  const factory = FACTORIES[kind]()
  const opened = await factory.prepare?.({ applicationId: 'bench', stateDir })
  const store = factory.open({ applicationId: 'bench', taskId: '0_0', storeName: 'bench', stateDir })
  return {
    store,
    async close() {
      store.close()
      await opened?.[Symbol.asyncDispose]()
    },
  }
}
