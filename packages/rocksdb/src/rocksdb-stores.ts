/**
 * The store factory an app is given: `stateStores: rocksdbStores()`. One database an application and state directory, in
 * <stateDir>/<application id>/rocksdb, opened when the app starts and closed when it has ended.
 */

import { join } from 'node:path'
import { MillraceError } from 'millrace'
import { type ByteStore, type ByteStoreFactory, removeTaskFolders } from 'millrace/state'
import { RocksdbStore } from './rocksdb-store.ts'
import { FOLDER, type RebuildReason, SharedDatabase } from './shared-database.ts'

export interface RocksdbStoresOptions {
  /** The folder of all state. Default: the app's `stateDir`. */
  readonly dir?: string
  /** Block cache, index and filter blocks included, bytes. Default 64 MiB. */
  readonly cacheBytes?: number
  /** Write buffers, bytes: half as much again at worst. Default 64 MiB. */
  readonly writeBufferBytes?: number
  /** Compress the files with zstd. Default false, as Kafka Streams' stores. */
  readonly compression?: boolean
  /** Background threads that flush and compact. Default 2. */
  readonly backgroundThreads?: number
  /** Called when the files could not be trusted and were thrown away; all stores restore from their changelogs. */
  readonly onRebuilt?: (event: { readonly directory: string; readonly reason: RebuildReason }) => void
}

interface Entry {
  readonly opening: Promise<void>
  database: SharedDatabase | undefined
  users: number
}

/** By directory: apps of one process that share one share its database, whichever factory they came with. */
const databases: Map<string, Entry> = new Map()
/** Databases that are being closed: the next opening waits for it. */
const closing: Map<string, Promise<void>> = new Map()

/**
 * Keeps persistent stores in RocksDB. State may be far larger than memory; memory is bounded by `cacheBytes` and
 * `writeBufferBytes` for all tasks of an app together.
 */
export function rocksdbStores(options: RocksdbStoresOptions = {}): ByteStoreFactory {
  const directoryOf = (place: { readonly applicationId: string; readonly stateDir: string }): string =>
    join(options.dir ?? place.stateDir, place.applicationId)

  const opened = (directory: string): SharedDatabase => {
    const database = databases.get(directory)?.database
    if (database !== undefined) return database
    throw new MillraceError(
      'MILLRACE_STORES_NOT_PREPARED',
      `The RocksDB stores in ${directory} are not open. An app opens them when it starts; elsewhere await prepare() first.`,
    )
  }

  return {
    name: 'rocksdb',
    async prepare(place) {
      const directory = directoryOf(place)
      await closing.get(directory)
      let entry = databases.get(directory)
      if (entry === undefined) {
        const fresh: Entry = {
          database: undefined,
          users: 0,
          opening: openDatabase(directory, place.applicationId, options).then((database) => {
            fresh.database = database
          }),
        }
        entry = fresh
        databases.set(directory, entry)
      }
      const taken = entry
      taken.users++
      let released = false
      const release = async (): Promise<void> => {
        if (released) return
        released = true
        taken.users--
        if (taken.users > 0 || databases.get(directory) !== taken) return
        databases.delete(directory)
        const closed = taken.database?.close()
        if (closed === undefined) return
        closing.set(directory, closed)
        try {
          await closed
        } finally {
          closing.delete(directory)
        }
      }
      try {
        await taken.opening
      } catch (error) {
        await release()
        throw error
      }
      return { [Symbol.asyncDispose]: release }
    },
    open(place): ByteStore {
      const { taskId, storeName } = place
      const database = opened(directoryOf(place))
      const number = database.openStore(taskId, storeName)
      return new RocksdbStore(storeName, number, database, () => database.closeStore(taskId, storeName))
    },
    destroy: (place) => opened(directoryOf(place)).destroyTask(place.taskId),
    idleTasks: (place) => opened(directoryOf(place)).idleTasks(),
    cleanUp: (place) => removeTaskFolders(directoryOf(place), [FOLDER]),
  }
}

function openDatabase(
  directory: string,
  applicationId: string,
  options: RocksdbStoresOptions,
): Promise<SharedDatabase> {
  const native = {
    createIfMissing: true,
    walCompression: false,
    compression: options.compression ?? false,
    compaction: 'level',
    memtableMemoryBudget: options.writeBufferBytes ?? 64 << 20,
    cacheSize: options.cacheBytes ?? 64 << 20,
    cacheIndexAndFilterBlocks: true,
    parallelism: options.backgroundThreads ?? 2,
  } as const
  return SharedDatabase.open(directory, applicationId, native, (reason) => options.onRebuilt?.({ directory, reason }))
}
