/**
 * The store factory an app is given: `stateStores: lmdbStores()`. Files lie in <stateDir>/<application id>/<task>/lmdb,
 * under the locks of the application's and the task's folder, held while any of the task's stores is open.
 */

import { join } from 'node:path'
import { MillraceError } from 'millrace'
import {
  type ByteStore,
  type ByteStoreFactory,
  type DirectoryLock,
  idleTaskFolders,
  lockDirectory,
  removeTaskFolder,
  removeTaskFolders,
} from 'millrace/state'
import { LmdbStore } from './lmdb-store.ts'
import { type RebuildReason, TaskEnvironment } from './task-environment.ts'

export interface LmdbStoresOptions {
  /** The folder of all state. Default: the app's `stateDir`. */
  readonly dir?: string
  /** Called when a task's files could not be trusted and were thrown away; its stores restore from their changelogs. */
  readonly onRebuilt?: (event: { readonly directory: string; readonly reason: RebuildReason }) => void
}

const KIND = 'lmdb'

interface TaskPlace {
  readonly applicationId: string
  readonly taskId: string
  readonly stateDir: string
}

/**
 * Keeps persistent stores in LMDB: reads are synchronous and fast, state may be larger than memory, nothing lives on the heap.
 *
 * @throws MillraceError from `open`: `MILLRACE_STATE_LOCKED` if another process has the application's directory
 */
export function lmdbStores(options: LmdbStoresOptions = {}): ByteStoreFactory {
  const environments: Map<string, TaskEnvironment> = new Map()
  const applicationDirectory = ({ applicationId, stateDir }: Omit<TaskPlace, 'taskId'>): string =>
    join(options.dir ?? stateDir, applicationId)
  const taskDirectory = (place: TaskPlace): string => join(applicationDirectory(place), place.taskId, KIND)

  const environmentOf = (place: TaskPlace): TaskEnvironment => {
    const directory = taskDirectory(place)
    const known = environments.get(directory)
    if (known !== undefined) return known
    const locks: DirectoryLock[] = []
    const release = (): void => {
      for (const lock of locks.reverse()) lock.release()
    }
    try {
      locks.push(lockDirectory(applicationDirectory(place)))
      locks.push(lockDirectory(join(applicationDirectory(place), place.taskId)))
      const environment = new TaskEnvironment(
        directory,
        `${place.applicationId}/${place.taskId}`,
        (reason) => options.onRebuilt?.({ directory, reason }),
        () => {
          environments.delete(directory)
          release()
        },
      )
      environments.set(directory, environment)
      return environment
    } catch (error) {
      release()
      throw error
    }
  }

  return {
    name: 'lmdb',
    open: (place): ByteStore => new LmdbStore(place.storeName, environmentOf(place)),
    destroy(place) {
      const directory = taskDirectory(place)
      if (environments.has(directory)) {
        throw new MillraceError(
          'MILLRACE_STORE_OPEN',
          `The state in ${directory} is in use. Close its stores before it is removed.`,
        )
      }
      removeTaskFolder(applicationDirectory(place), place.taskId, KIND)
    },
    idleTasks: (place) => idleTaskFolders(applicationDirectory(place), KIND),
    cleanUp: (place) => removeTaskFolders(applicationDirectory(place)),
  }
}
