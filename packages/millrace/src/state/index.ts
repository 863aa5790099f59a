/**
 * `millrace/state`: what store adapters implement, what processors declare and use, and the contract suite that every byte
 * store passes.
 */

export type {
  ByteChange,
  ByteStore,
  ByteStoreFactory,
  ByteStringAccess,
  RangeOptions,
  StoreUse,
} from './byte-store.ts'
export { type ChangeBufferOptions, changeBuffer } from './change-buffer.ts'
export { type ByteStoreContractOptions, byteStoreContract } from './contract/byte-store-contract.ts'
export type { Matchers, TestFramework } from './contract/test-framework.ts'
export { type DirectoryLock, isDirectoryLocked, lockDirectory } from './directory-lock.ts'
export { type KeyValueStoreOptions, keyValueStore, timestampedKeyValueStore } from './key-value-store.ts'
export { MemoryStore } from './memory-store.ts'
export { OffHeapStore, type OffHeapStoreOptions } from './offheap/off-heap-store.ts'
export { type OffHeapStoresOptions, offHeapStores } from './offheap/off-heap-stores.ts'
export { type StateFile, type StateFiles, systemFiles } from './offheap/state-files.ts'
export type { OffHeapRebuildReason } from './offheap/state-log.ts'
export {
  type JoinSide,
  type OuterJoinKey,
  type OuterJoinStore,
  type OuterJoinStoreOptions,
  outerJoinStore,
} from './outer-join-store.ts'
export { RecordCache } from './record-cache.ts'
export { type MarkerFinding, type StateIdentity, StateMarker } from './state-marker.ts'
export type {
  ChangelogSink,
  RecordCacheBudget,
  RecordCacheShare,
  RecordContext,
  StateStore,
  StoreBuilder,
  StoreEnvironment,
} from './state-store.ts'
export type {
  CachedStore,
  CacheFlush,
  KeyValueStore,
  ReadOnlyKeyValueStore,
  SessionStore,
  TimestampedKeyValueStore,
  TimestampedWindowStore,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowEntry,
  WindowStore,
} from './stores.ts'
export { type StreamBufferOptions, streamBuffer } from './stream-buffer.ts'
export { idleTaskFolders, removeTaskFolder, removeTaskFolders } from './task-folders.ts'
export type { BufferedChange, ChangeBuffer, Eviction, PriorValue, StreamBuffer } from './time-ordered-buffer.ts'
export { type VersionedKeyValueStoreOptions, versionedKeyValueStore } from './versioned-key-value-store.ts'
export {
  type SessionStoreOptions,
  sessionStore,
  type TimestampedWindowStoreOptions,
  timestampedWindowStore,
  type WindowStoreOptions,
  windowStore,
} from './window-store-builders.ts'
