/**
 * The port to the disk that state logs are written through: positioned reads and writes, synchronous, and a sync that does
 * not wait. A simulation brings a disk of its own, which tears writes and loses what was not synced.
 */

import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type DirectoryLock, isDirectoryLocked, lockDirectory } from '../directory-lock.ts'

export interface StateFile {
  size(): number
  /** Fills `into` from a position on. @returns how many bytes there were */
  read(into: Uint8Array, position: number): number
  /** Writes all of it, or throws and may have written a part. */
  write(bytes: Uint8Array, position: number): void
  truncate(size: number): void
  /** Forces what was written to the medium, later; `done` is told whether it is there. */
  sync(done: (synced: boolean) => void): void
  close(): void
}

export interface StateFiles {
  /** Takes a directory for this process. @throws MillraceError `MILLRACE_STATE_LOCKED` */
  lock(directory: string, options?: { readonly exclusive?: boolean }): DirectoryLock
  /** Whether anyone has a directory, in this process or another that lives. */
  isLocked(directory: string): boolean
  /** Names in a directory; none where there is no directory. */
  names(directory: string): string[]
  /** Opens a file, making it and its directory if need be. */
  open(path: string): StateFile
  /** Removes a file or a directory with all that is in it, if it is there. */
  remove(path: string): void
}

/** The files of the operating system. */
export const systemFiles: StateFiles = {
  lock: lockDirectory,
  isLocked: isDirectoryLocked,
  names(directory) {
    try {
      return readdirSync(directory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  },
  open(path) {
    mkdirSync(dirname(path), { recursive: true })
    return new SystemFile(path)
  },
  remove: (path) => rmSync(path, { recursive: true, force: true }),
}

class SystemFile implements StateFile {
  readonly #descriptor: number
  #syncing = 0
  #closed = false

  constructor(path: string) {
    let descriptor: number
    try {
      descriptor = openSync(path, 'r+')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      descriptor = openSync(path, 'wx+')
    }
    this.#descriptor = descriptor
  }

  size(): number {
    return fstatSync(this.#descriptor).size
  }

  read(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, into.length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  write(bytes: Uint8Array, position: number): void {
    let done = 0
    while (done < bytes.length) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done)
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.#descriptor, size)
  }

  sync(done: (synced: boolean) => void): void {
    this.#syncing++
    fsync(this.#descriptor, (error) => {
      this.#syncing--
      if (this.#closed && this.#syncing === 0) closeSync(this.#descriptor)
      done(error === null)
    })
  }

  /** A descriptor that is being synced is closed after it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#syncing === 0) closeSync(this.#descriptor)
  }
}
