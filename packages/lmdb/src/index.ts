/**
 * `@millrace/lmdb`: state stores, and a durable embedded log, on LMDB.
 */

export { type LmdbStoresOptions, lmdbStores } from './lmdb-stores.ts'
export { type DurableLogOptions, durableLog } from './log/durable-log.ts'
export type { Acknowledge } from './log/log-environment.ts'
export type { RebuildReason } from './task-environment.ts'
