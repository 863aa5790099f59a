/**
 * The one RocksDB database of an application's state directory: opened and closed with the app, for RocksDB does neither
 * synchronously; used by the stores of all its tasks, so that cache and write buffers are bounded once.
 *
 * Its write-ahead log is always on: after kill -9 everything written is there, after a power cut everything up to some
 * batch. What cannot be opened, or fails a checksum, is never trusted: it is made anew and restored from the changelogs.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from 'millrace'
import { type DirectoryLock, lockDirectory, StateMarker } from 'millrace/state'
import {
  type NativeBatch,
  type NativeDatabase,
  type NativeOptions,
  type NativeQuery,
  nativeDatabase,
} from './native-database.ts'
import {
  allNumberKeys,
  FIRST_NUMBER,
  NEXT_NUMBER_KEY,
  numberBytes,
  numberKey,
  numberKeys,
  offsetKey,
  taskOfNumberKey,
} from './rocksdb-keys.ts'

/** Of an application's state directory. */
export const FOLDER = 'rocksdb'

const FORMAT = 'millrace-rocksdb'
const VERSION = 1

/** Why a directory's content was thrown away. */
export type RebuildReason = 'foreign' | 'unreadable'

export class SharedDatabase {
  readonly directory: string
  readonly #native: NativeDatabase
  readonly #marker: StateMarker
  readonly #lock: DirectoryLock
  readonly #openStores: Set<string> = new Set()
  /** One, used again: what a batch holds outside the heap is only freed when it is collected, and it looks small. */
  readonly #batch: NativeBatch
  #corrupt = false

  private constructor(directory: string, native: NativeDatabase, marker: StateMarker, lock: DirectoryLock) {
    this.directory = directory
    this.#native = native
    this.#batch = native._chainedBatch()
    this.#marker = marker
    this.#lock = lock
  }

  /** @throws MillraceError `MILLRACE_STATE_LOCKED` if another process has the application's directory */
  static async open(
    applicationDirectory: string,
    applicationId: string,
    options: NativeOptions,
    onRebuilt: (reason: RebuildReason) => void,
  ): Promise<SharedDatabase> {
    const lock = lockDirectory(applicationDirectory)
    try {
      const directory = join(applicationDirectory, FOLDER)
      mkdirSync(directory, { recursive: true })
      const marker = new StateMarker(directory, { format: FORMAT, version: VERSION, owner: applicationId })
      const empty = (reason: RebuildReason): void => {
        onRebuilt(reason)
        rmSync(directory, { recursive: true, force: true })
        mkdirSync(directory, { recursive: true })
      }
      if (!marker.find().ours && readdirSync(directory).length > 0) empty('foreign')
      const location = join(directory, 'db')
      let native = nativeDatabase(location)
      try {
        await native.open(options)
      } catch (error) {
        if (isLockHeld(error)) throw error
        empty('unreadable')
        native = nativeDatabase(location)
        await native.open(options)
      }
      marker.write('open')
      return new SharedDatabase(directory, native, marker, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** The number of a store, given once and kept. @throws MillraceError `MILLRACE_STORE_OPEN` if it is open already */
  openStore(taskId: string, storeName: string): number {
    const name = `${taskId}/${storeName}`
    if (this.#openStores.has(name)) {
      throw new MillraceError(
        'MILLRACE_STORE_OPEN',
        `The store ${storeName} of task ${taskId} in ${this.directory} is open in this process already. Close the app that has it first.`,
      )
    }
    this.#openStores.add(name)
    const key = numberKey(taskId, storeName)
    const known = this.get(key)
    if (known !== undefined) return known.readUInt32BE(0)
    const number = this.get(NEXT_NUMBER_KEY)?.readUInt32BE(0) ?? FIRST_NUMBER
    this.write((batch) => {
      batch._put(key, numberBytes(number))
      batch._put(NEXT_NUMBER_KEY, numberBytes(number + 1))
    })
    return number
  }

  closeStore(taskId: string, storeName: string): void {
    this.#openStores.delete(`${taskId}/${storeName}`)
  }

  /** Tasks that have stores here and none of them open. */
  idleTasks(): string[] {
    const { rows } = this.query({ ...allNumberKeys, keyEncoding: 'buffer', valueEncoding: 'buffer' })
    const tasks = new Set<string>()
    for (let at = 0; at < rows.length; at += 2) tasks.add(taskOfNumberKey(rows[at]))
    return [...tasks].filter((task) => !this.#isOpen(task))
  }

  #isOpen(taskId: string): boolean {
    return [...this.#openStores].some((store) => store.startsWith(`${taskId}/`))
  }

  /**
   * Removes all stores of a task. Their numbers are not given again.
   * @throws MillraceError `MILLRACE_STORE_OPEN` if one of them is open
   */
  destroyTask(taskId: string): void {
    if (this.#isOpen(taskId)) {
      throw new MillraceError(
        'MILLRACE_STORE_OPEN',
        `The state of task ${taskId} in ${this.directory} is in use. Close its stores before it is removed.`,
      )
    }
    const { rows } = this.query({ ...numberKeys(taskId), keyEncoding: 'buffer', valueEncoding: 'buffer' })
    for (let at = 0; at < rows.length; at += 2) {
      const number = rows[at + 1].readUInt32BE(0)
      this.deleteRange(numberBytes(number), numberBytes(number + 1))
      this.write((batch) => {
        batch._del(rows[at])
        batch._del(offsetKey(number))
      })
    }
  }

  get(key: Uint8Array): Buffer | undefined {
    try {
      return this.#native._getManySync([key])[0]
    } catch (error) {
      throw this.#failed(error)
    }
  }

  query(query: NativeQuery): { readonly rows: Buffer[]; readonly finished: boolean } {
    try {
      return this.#native.querySync(query)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** All of it or, if it throws, nothing. */
  write(fill: (batch: NativeBatch) => void): void {
    const batch = this.#batch
    try {
      fill(batch)
      batch._writeSync()
    } catch (error) {
      throw this.#failed(error)
    } finally {
      batch._clear()
    }
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    this.#native._clear({ gte: from, lt: to }, (error) => {
      if (error !== null) this.#failed(error)
    })
  }

  estimatedKeys(): number {
    return Number(this.#native.getProperty('rocksdb.estimate-num-keys'))
  }

  async close(): Promise<void> {
    this.#batch._closeSync()
    await this.#native.close()
    if (!this.#corrupt) this.#marker.write('closed')
    this.#lock.release()
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof Error) || !/corrupt|checksum/i.test(`${codeOf(error)} ${error.message}`)) return error
    this.#corrupt = true
    this.#marker.write('corrupt')
    return new MillraceError(
      'MILLRACE_STATE_CORRUPT',
      `The state in ${this.directory} is damaged (${error.message}). Restart: it is rebuilt from its changelogs.`,
      { cause: error },
    )
  }
}

function codeOf(error: Error): string {
  return String((error as { readonly code?: unknown }).code ?? '')
}

function isLockHeld(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (/lock/i.test(at.message)) return true
  return false
}
