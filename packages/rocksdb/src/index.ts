/**
 * `@millrace/rocksdb`: state stores on RocksDB.
 */

export { type RocksdbStoresOptions, rocksdbStores } from './rocksdb-stores.ts'
export type { RebuildReason } from './shared-database.ts'
