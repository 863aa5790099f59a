/**
 * The part of `@nxtedition/rocksdb` that is used here, typed: the package has no types, and the synchronous calls are
 * underscore methods that a new version may change. Each has a test of its own in `native-database.test.ts`; the version is
 * pinned exactly.
 */

import { createRequire } from 'node:module'

export interface NativeOptions {
  readonly createIfMissing: boolean
  readonly walCompression: boolean
  readonly compression: boolean
  readonly compaction: 'level' | 'universal'
  /** Bytes: a write buffer takes a quarter, there are six at most. */
  readonly memtableMemoryBudget: number
  /** Bytes of the block cache. */
  readonly cacheSize: number
  readonly cacheIndexAndFilterBlocks: boolean
  readonly parallelism: number
}

export interface NativeQuery {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
  readonly highWaterMarkBytes?: number
  readonly keyEncoding: 'buffer'
  readonly valueEncoding: 'buffer'
}

/** Copies what it is given. */
export interface NativeBatch {
  _put(key: Uint8Array, value: Uint8Array): void
  _del(key: Uint8Array): void
  _writeSync(options?: { readonly sync?: boolean }): void
  /** Empties it, so that it can be filled again. */
  _clear(): void
  _closeSync(): void
}

export interface NativeDatabase {
  open(options: NativeOptions): Promise<void>
  close(): Promise<void>
  /** Undefined where there is no value. */
  _getManySync(keys: readonly Uint8Array[], options?: object): (Buffer | undefined)[]
  /** Keys and values by turns. */
  querySync(query: NativeQuery): { readonly rows: Buffer[]; readonly finished: boolean }
  _chainedBatch(): NativeBatch
  /** One DeleteRange, done when it returns; an error comes through the callback. */
  _clear(range: { readonly gte: Uint8Array; readonly lt: Uint8Array }, callback: (error: Error | null) => void): void
  getProperty(property: string): string
}

interface NativeModule {
  readonly RocksLevel: new (
    location: string,
    options: { readonly keyEncoding: 'buffer'; readonly valueEncoding: 'buffer' },
  ) => NativeDatabase
}

/** @throws where no binary fits this platform */
export function nativeDatabase(location: string): NativeDatabase {
  const { RocksLevel } = createRequire(import.meta.url)('@nxtedition/rocksdb') as NativeModule
  return new RocksLevel(location, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
}
