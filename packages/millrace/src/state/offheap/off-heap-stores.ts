/**
 * The factory of persistent stores that an app uses where it is given none: state in memory, off the JavaScript heap, and in
 * a log of its own in <stateDir>/<application id>/<task>/offheap, under the locks of the application's and the task's folder.
 */

import { join } from 'node:path'
import { MillraceError } from '../../record/errors.ts'
import type { ByteStoreFactory } from '../byte-store.ts'
import type { DirectoryLock } from '../directory-lock.ts'
import { idleTaskFolders, removeTaskFolder, removeTaskFolders } from '../task-folders.ts'
import { OffHeapStore } from './off-heap-store.ts'
import { type StateFiles, systemFiles } from './state-files.ts'
import { type OffHeapRebuildReason, StateLog } from './state-log.ts'

export interface OffHeapStoresOptions {
  /** The folder of all state. Default: the app's `stateDir`. */
  readonly dir?: string
  /**
   * A store's log is compacted when it is larger than this, in bytes, and than twice what is live. Default 4 MiB.
   */
  readonly compactAboveBytes?: number
  /** Called when a store's files could not be trusted and were thrown away; it restores from its changelog. */
  readonly onRebuilt?: (event: {
    readonly directory: string
    readonly store: string
    readonly reason: OffHeapRebuildReason
  }) => void
  /** The disk. Default: the operating system's files. */
  readonly files?: StateFiles
}

/** Stores that are open on a disk, by path: of this thread, whoever's factory opened them. */
const holders: WeakMap<StateFiles, Map<string, OffHeapStore>> = new WeakMap()

const KIND = 'offheap'

interface TaskPlace {
  readonly applicationId: string
  readonly taskId: string
  readonly stateDir: string
}

/**
 * Keeps persistent stores in memory and in a local log that they are loaded from. State has to fit into memory.
 *
 * @throws MillraceError from `prepare` and `open`: `MILLRACE_STATE_LOCKED` if another process has the application's directory
 */
export function offHeapStores(options: OffHeapStoresOptions = {}): ByteStoreFactory {
  const { files = systemFiles, compactAboveBytes = 4 << 20 } = options
  const open = holders.get(files) ?? new Map<string, OffHeapStore>()
  holders.set(files, open)
  const applicationDirectory = ({ applicationId, stateDir }: Omit<TaskPlace, 'taskId'>): string =>
    join(options.dir ?? stateDir, applicationId)
  const taskDirectory = (place: TaskPlace): string => join(applicationDirectory(place), place.taskId, KIND)
  const lockTask = (place: TaskPlace): DirectoryLock => {
    const application = files.lock(applicationDirectory(place))
    try {
      const task = files.lock(join(applicationDirectory(place), place.taskId))
      return {
        release() {
          task.release()
          application.release()
        },
      }
    } catch (error) {
      application.release()
      throw error
    }
  }

  return {
    name: 'off-heap',
    async prepare(place) {
      const lock = files.lock(applicationDirectory(place))
      return { [Symbol.asyncDispose]: async () => lock.release() }
    },
    open({ storeName, use, ...place }) {
      const directory = taskDirectory(place)
      const path = join(directory, storeName)
      // A worker that has lost its task and does not know it yet still holds it: what it committed is in the files.
      open.get(path)?.supersede()
      const lock = lockTask(place)
      try {
        const store: OffHeapStore = new OffHeapStore(storeName, {
          segmented: use?.segmented,
          openLog: (tables) =>
            new StateLog(
              {
                files,
                directory,
                storeName,
                owner: `${place.applicationId}/${place.taskId}/${storeName}`,
                compactAboveBytes,
                onRebuilt: (reason) => options.onRebuilt?.({ directory, store: storeName, reason }),
              },
              tables,
            ),
          onClose() {
            if (open.get(path) === store) open.delete(path)
            lock.release()
          },
        })
        open.set(path, store)
        return store
      } catch (error) {
        lock.release()
        throw error
      }
    },
    destroy(place) {
      const directory = taskDirectory(place)
      for (const path of open.keys()) {
        if (!path.startsWith(join(directory, '/'))) continue
        throw new MillraceError(
          'MILLRACE_STORE_OPEN',
          `The state in ${directory} is in use. Close its stores before it is removed.`,
        )
      }
      removeTaskFolder(applicationDirectory(place), place.taskId, KIND, files)
    },
    idleTasks: (place) => idleTaskFolders(applicationDirectory(place), KIND, files),
    cleanUp: (place) => removeTaskFolders(applicationDirectory(place), [], files),
  }
}
