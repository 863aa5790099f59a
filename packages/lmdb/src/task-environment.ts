/**
 * A task's LMDB environment: one directory, one file, a database for each of its stores.
 *
 * LMDB does not wait for the disk here (noSync): the changelog is the truth. What a process wrote outlives the process, for
 * the operating system has it; it does not surely outlive the operating system. So a directory is trusted if it bears our
 * note and was closed, or was written since the machine started; otherwise it is made anew and restored from the changelog.
 */

import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase, type RootDatabaseOptions } from 'lmdb'
import { MillraceError } from 'millrace'
import { StateMarker } from 'millrace/state'
import type { StateDatabase } from './lmdb-store.ts'
import { type StateKey, stateKeyEncoder } from './state-key.ts'

const FORMAT = 'millrace-lmdb'
const VERSION = 1
const DATA_FILE = 'data.mdb'
const MAGIC = 0xbeefc0de
const MAGIC_AT = 24
/** Commit before returning; not nested, not waiting for the disk. */
const SYNCHRONOUS_COMMIT = 2
const MAX_STORES = 256

/** Why a directory's content was thrown away. */
export type RebuildReason = 'foreign' | 'torn' | 'system-restarted' | 'unreadable'

interface EnvironmentStats {
  readonly root: { readonly pageSize: number }
  readonly lastPageNumber: number
}

export class TaskEnvironment {
  readonly directory: string
  readonly #root: RootDatabase<Uint8Array, string>
  readonly #marker: StateMarker
  readonly #onClosed: () => void
  readonly #open: Set<string> = new Set()
  #corrupt = false

  /** @param owner application and task */
  constructor(directory: string, owner: string, onRebuilt: (reason: RebuildReason) => void, onClosed: () => void) {
    this.directory = directory
    this.#onClosed = onClosed
    mkdirSync(directory, { recursive: true })
    this.#marker = new StateMarker(directory, { format: FORMAT, version: VERSION, owner })
    this.#root = this.#openTrusted(onRebuilt)
    this.#marker.write('open')
  }

  /** The database of a store. @throws MillraceError `MILLRACE_STORE_OPEN` if it is open already */
  database(name: string): StateDatabase {
    if (this.#open.has(name)) {
      throw new MillraceError(
        'MILLRACE_STORE_OPEN',
        `The store ${name} in ${this.directory} is open in this process already. Close the app that has it first.`,
      )
    }
    this.#open.add(name)
    // The declaration of `openDB` leaves out that it takes what `open` takes.
    const options: RootDatabaseOptions = { keyEncoder: stateKeyEncoder, encoding: 'binary', cache: false }
    return this.guard(() => this.#root.openDB<Uint8Array, StateKey>(name, options))
  }

  /** Runs changes in one transaction: all of them or, if it throws, none. */
  change(run: () => void): void {
    this.guard(() => this.#root.transactionSync(run, SYNCHRONOUS_COMMIT))
  }

  guard<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw this.failed(error)
    }
  }

  /** What to throw for an error of LMDB. A damaged file is never opened again. */
  failed(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof MillraceError) return error
    if (!/MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|PANIC|VERSION_MISMATCH|CURSOR_FULL|BAD_TXN)/.test(error.message))
      return error
    this.#corrupt = true
    this.#marker.write('corrupt')
    return new MillraceError(
      'MILLRACE_STATE_CORRUPT',
      `The state in ${this.directory} is damaged (${error.message}). Restart: it is rebuilt from its changelogs.`,
      { cause: error },
    )
  }

  /** A store was closed; with the last one the environment is. */
  release(name: string): void {
    this.#open.delete(name)
    if (this.#open.size > 0) return
    void this.#root.close()
    if (!this.#corrupt) {
      forceToDisk(join(this.directory, DATA_FILE))
      this.#marker.write('closed')
    }
    this.#onClosed()
  }

  #openTrusted(onRebuilt: (reason: RebuildReason) => void): RootDatabase<Uint8Array, string> {
    const reason = this.#distrust()
    if (reason !== undefined) this.#empty(reason, onRebuilt)
    try {
      const root = openRoot(this.directory)
      if (!torn(root, this.directory)) return root
      void root.close()
      this.#empty('torn', onRebuilt)
    } catch {
      this.#empty('unreadable', onRebuilt)
    }
    return openRoot(this.directory)
  }

  #distrust(): RebuildReason | undefined {
    const found = this.#marker.find()
    if (!found.ours) return readdirSync(this.directory).length === 0 ? undefined : 'foreign'
    if (!found.closed && !found.sameBoot) return 'system-restarted'
    return headerIsSound(join(this.directory, DATA_FILE)) ? undefined : 'torn'
  }

  #empty(reason: RebuildReason, onRebuilt: (reason: RebuildReason) => void): void {
    onRebuilt(reason)
    rmSync(this.directory, { recursive: true, force: true })
    mkdirSync(this.directory, { recursive: true })
  }
}

function openRoot(path: string): RootDatabase<Uint8Array, string> {
  return open<Uint8Array, string>({
    path,
    maxDbs: MAX_STORES,
    noSync: true,
    overlappingSync: false,
    encoding: 'binary',
    cache: false,
  })
}

/** LMDB maps the file and believes it: a missing end would be a bus error at the first read. */
function torn(root: RootDatabase<Uint8Array, string>, directory: string): boolean {
  const stats = root.getStats() as EnvironmentStats
  return statSync(join(directory, DATA_FILE)).size < (stats.lastPageNumber + 1) * stats.root.pageSize
}

function headerIsSound(path: string): boolean {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return false
  }
  try {
    const header = Buffer.alloc(MAGIC_AT + 4)
    return readSync(file, header, 0, header.length, 0) === header.length && header.readUInt32LE(MAGIC_AT) === MAGIC
  } finally {
    closeSync(file)
  }
}

function forceToDisk(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
