/**
 * One owner a state directory: a lock file that names the process, so that two programs never write the same stores.
 *
 * A lock whose process is gone is taken over: the operating system gives pids out again, so a process counts as the same
 * only with the same start. Several apps of one process share a directory; their tasks are kept apart by who has them open.
 */

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

const LOCK_FILE = 'millrace.lock'
/** By lock file: how many hold it in this thread, and whether this thread made it. */
const held: Map<string, { holders: number; readonly made: boolean }> = new Map()

/**
 * Takes a directory for this process, making it if need be.
 * @throws MillraceError `MILLRACE_STATE_LOCKED` naming the process that has it
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, LOCK_FILE)
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

/** True if this thread made the lock, false if the process has it already. */
function acquire(directory: string, path: string): boolean {
  const self: Owner = { pid: process.pid, started: startOf(process.pid), boot: bootId(), host: hostname() }
  for (let attempt = 0; attempt < 10; attempt++) {
    if (create(path, self)) return true
    const owner = readOwner(path)
    // A worker thread of this process: the process has the directory already.
    if (owner !== undefined && isSame(owner, self)) return false
    if (owner !== undefined && isAlive(owner, self)) throw locked(directory, owner)
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
    if (fresh && isAlive(moved, self)) {
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
  writeFileSync(fresh, JSON.stringify(owner))
  try {
    linkSync(fresh, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
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
function isAlive(owner: Owner, self: Owner): boolean {
  if (owner.host !== self.host) return true
  if (owner.boot !== self.boot) return false
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
