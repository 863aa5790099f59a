/**
 * One owner a state directory: a lock file that names the process, so that two programs never write the same stores.
 *
 * A lock whose process is gone is taken over: the operating system gives pids out again, so a process counts as the same
 * only with the same start. Several apps of one process share a directory; their tasks are kept apart by who has them open.
 */

import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../record/clock.ts'
import { MillraceError } from '../record/errors.ts'
import { bootId } from './boot-id.ts'

export interface DirectoryLock {
  /** Gives the directory free once every holder of this process has released it. */
  release(): void
}

interface Owner {
  readonly pid: number
  readonly started: string
  readonly boot: string
  readonly host: string
}

export const LOCK_FILE = 'millrace.lock'
/** By lock file: how many hold it in this thread, and whether this thread made it. */
const held: Map<string, { holders: number; readonly made: boolean }> = new Map()

/**
 * Takes a directory for this process, making it if need be.
 * @param options.exclusive to remove what is in it: nobody else of this process may have it either, and a directory that
 *   is empty when the lock is released goes too. Released without giving the event loop a turn: it keeps out other threads,
 *   not others of this one
 * @throws MillraceError `MILLRACE_STATE_LOCKED` naming the process that has it
 */
export function lockDirectory(directory: string, options: { readonly exclusive?: boolean } = {}): DirectoryLock {
  const path = join(directory, LOCK_FILE)
  if (options.exclusive === true) return lockExclusively(directory, path)
  let hold = held.get(path)
  if (hold === undefined) {
    hold = { holders: 0, made: acquire(directory, path) }
    held.set(path, hold)
  }
  const taken = hold
  taken.holders++
  let released = false
  return {
    release() {
      if (released) return
      released = true
      taken.holders--
      if (taken.holders > 0) return
      held.delete(path)
      if (taken.made) rmSync(path, { force: true })
    },
  }
}

/** Whether anyone has a directory: this process, another that lives, or one on another machine. */
export function isDirectoryLocked(directory: string): boolean {
  const path = join(directory, LOCK_FILE)
  if (held.has(path)) return true
  const owner = readOwner(path)
  return owner !== undefined && isAlive(owner, hostname())
}

function lockExclusively(directory: string, path: string): DirectoryLock {
  if (held.has(path) || !acquire(directory, path)) {
    throw new MillraceError(
      'MILLRACE_STATE_LOCKED',
      `The state directory ${directory} is in use by this process (${process.pid}). Close the app that has it first.`,
    )
  }
  return {
    release() {
      rmSync(path, { force: true })
      try {
        rmdirSync(directory)
      } catch {
        // Not empty, or somebody else's by now.
      }
    },
  }
}

/** True if this thread made the lock, false if the process has it already. */
function acquire(directory: string, path: string): boolean {
  const self: Owner = { pid: process.pid, started: startOf(process.pid), boot: bootId(), host: hostname() }
  for (let attempt = 0; attempt < 10; attempt++) {
    mkdirSync(directory, { recursive: true })
    if (create(path, self)) return true
    const owner = readOwner(path)
    // A worker thread of this process: the process has the directory already.
    if (owner !== undefined && isSame(owner, self)) return false
    if (owner !== undefined && isAlive(owner, self.host)) throw locked(directory, owner)
    // Moved, not removed: of several that find it stale one gets it, and looks whether it was the stale one.
    const aside = `${path}.${self.pid}.${systemClock().uuid()}`
    try {
      renameSync(path, aside)
    } catch {
      continue
    }
    const moved = readOwner(aside)
    const fresh =
      moved !== undefined && (owner === undefined || moved.pid !== owner.pid || moved.started !== owner.started)
    if (fresh && isAlive(moved, self.host)) {
      renameSync(aside, path)
      throw locked(directory, moved)
    }
    rmSync(aside, { force: true })
  }
  throw new MillraceError('MILLRACE_STATE_LOCKED', `The lock ${path} keeps changing hands. Start again in a moment.`)
}

/** Made elsewhere and linked: whoever sees the lock sees its owner. */
function create(path: string, owner: Owner): boolean {
  const fresh = `${path}.${owner.pid}.${systemClock().uuid()}`
  try {
    writeFileSync(fresh, JSON.stringify(owner))
    linkSync(fresh, path)
    return true
  } catch (error) {
    // ENOENT: it was empty and removed in this moment.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  } finally {
    rmSync(fresh, { force: true })
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof owner === 'object' && owner !== null && typeof (owner as Owner).pid === 'number'
      ? (owner as Owner)
      : undefined
  } catch {
    return undefined
  }
}

function isSame(one: Owner, other: Owner): boolean {
  return one.pid === other.pid && one.started === other.started && one.boot === other.boot && one.host === other.host
}

/** On another machine (a shared file system) nothing can be known: it counts as alive. */
function isAlive(owner: Owner, host: string): boolean {
  if (owner.host !== host) return true
  if (owner.boot !== bootId()) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(owner.pid) === owner.started
}

/** When a process started, as the system counts; empty where it does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function locked(directory: string, owner: Owner): MillraceError {
  return new MillraceError(
    'MILLRACE_STATE_LOCKED',
    `The state directory ${directory} is in use by process ${owner.pid} on ${owner.host}. ` +
      'Stop that process, or give this one another stateDir.',
  )
}
