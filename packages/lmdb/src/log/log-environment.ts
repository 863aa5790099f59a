/**
 * The LMDB environment of a durable log: one file with the batches of all partitions, and one with the log's other state as
 * JSON by name. Writes are queued, done by LMDB's own thread, and answered when they are safe.
 *
 * What is queued in one turn of the event loop is one transaction. LMDB's overlapping sync keeps the newest transaction
 * that is wholly on the disk, so that after a power cut the file is as it was at some transaction; after the end of the
 * process, however sudden, it is as of the newest. This file is the truth: it is never thrown away.
 */

import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { type Journal, LogError } from 'millrace/log'
import { type DirectoryLock, lockDirectory, StateMarker } from 'millrace/state'

/** When a write is answered: written to the file, or forced to the disk. */
export type Acknowledge = 'written' | 'flushed'

const FORMAT = 'millrace-log'
const VERSION = 1

export class LogEnvironment implements Journal {
  readonly batches: Database<Uint8Array, Uint8Array>
  readonly #root: RootDatabase<Uint8Array, string>
  readonly #stored: Database<object, string>
  readonly #facts: Map<string, object> = new Map()
  readonly #lock: DirectoryLock
  readonly #acknowledge: Acknowledge
  #newest: Promise<boolean> | undefined
  #settling: { readonly of: Promise<boolean>; readonly settled: Promise<void> } | undefined
  #failure: LogError | undefined

  /**
   * @throws MillraceError `MILLRACE_STATE_LOCKED` if another process has the directory
   * @throws LogError `LOG_FOREIGN` if it holds something else, `LOG_DAMAGED` if it cannot be opened
   */
  constructor(directory: string, acknowledge: Acknowledge) {
    this.#acknowledge = acknowledge
    mkdirSync(directory, { recursive: true })
    this.#lock = lockDirectory(directory)
    try {
      this.#root = openRoot(directory)
      this.batches = this.#root.openDB<Uint8Array, Uint8Array>('batches', {
        keyEncoding: 'binary',
        encoding: 'binary',
        cache: false,
      })
      this.#stored = this.#root.openDB<object, string>('facts', { encoding: 'json', cache: false })
      for (const { key, value } of this.#stored.getRange()) this.#facts.set(key, value)
    } catch (error) {
      this.#lock.release()
      throw error
    }
  }

  set(name: string, fact: object): void {
    // Kept as it is now: the log goes on changing its lists.
    this.#facts.set(name, structuredClone(fact))
    this.queued(this.#stored.put(name, fact))
  }

  delete(name: string): void {
    if (this.#facts.delete(name)) this.queued(this.#stored.remove(name))
  }

  *entries(prefix: string): Generator<readonly [name: string, fact: object]> {
    for (const entry of this.#facts) if (entry[0].startsWith(prefix)) yield entry
  }

  fact(name: string): object | undefined {
    return this.#facts.get(name)
  }

  /** Takes note of a write of its own databases. */
  queued(write: Promise<boolean>): void {
    this.#newest = write
    write.catch((error) => this.#failed(error))
  }

  settled(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const newest = this.#newest
    if (newest === undefined) return undefined
    if (this.#settling?.of !== newest) this.#settling = { of: newest, settled: this.#settle(newest) }
    return this.#settling.settled
  }

  async #settle(newest: Promise<boolean>): Promise<void> {
    try {
      await newest
      if (this.#acknowledge === 'flushed') await this.#root.flushed
    } catch (error) {
      throw this.#failed(error)
    }
    if (this.#newest === newest) this.#newest = undefined
  }

  #failed(cause: unknown): LogError {
    this.#failure ??= new LogError(
      'STORAGE_FAILED',
      `The log could not be written (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Make room or repair the disk, then restart: it goes on from what was acknowledged.',
      { cause, fatal: true },
    )
    return this.#failure
  }

  async close(): Promise<void> {
    await this.#root.close()
    this.#lock.release()
  }
}

function openRoot(directory: string): RootDatabase<Uint8Array, string> {
  const path = join(directory, 'log')
  const marker = new StateMarker(directory, { format: FORMAT, version: VERSION, owner: 'log' })
  const data = join(path, 'data.mdb')
  const found = marker.find()
  if (readdirSync(directory).every((name) => name.startsWith('millrace.lock'))) marker.write('open')
  else if (!found.ours) {
    throw new LogError(
      'LOG_FOREIGN',
      `${directory} holds something that is no log of this version. Choose another folder.`,
    )
  } else if (found.closed && !existsSync(data)) throw damaged(path, 'its data file is missing')
  mkdirSync(path, { recursive: true })
  let root: RootDatabase<Uint8Array, string>
  try {
    root = open<Uint8Array, string>({ path, maxDbs: 8, encoding: 'binary', cache: false })
  } catch (error) {
    throw damaged(path, error instanceof Error ? error.message : String(error))
  }
  const stats = root.getStats() as { readonly root: { readonly pageSize: number }; readonly lastPageNumber: number }
  if (found.ours && found.closed && statSync(data).size < (stats.lastPageNumber + 1) * stats.root.pageSize) {
    void root.close()
    throw damaged(path, 'its data file was cut short')
  }
  // From now on there is a log here; until now there was about to be one.
  if (!found.closed) marker.write('closed')
  return root
}

function damaged(path: string, what: string): LogError {
  return new LogError('LOG_DAMAGED', `The log in ${path} cannot be opened: ${what}. Restore the folder from a backup.`)
}
