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
const held: Map<string, number> = new Map()

/**
 * Takes a directory for this process, making it if need be.
 * @throws MillraceError `MILLRACE_STATE_LOCKED` naming the process that has it
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, LOCK_FILE)
  const holders = held.get(path) ?? 0
  if (holders === 0) acquire(directory, path)
  held.set(path, holders + 1)
  let released = false
  return {
    release() {
      if (released) return
      released = true
      const left = (held.get(path) ?? 1) - 1
      if (left > 0) held.set(path, left)
      else {
        held.delete(path)
        if (readOwner(path)?.pid === process.pid) rmSync(path, { force: true })
      }
    },
  }
}

function acquire(directory: string, path: string): void {
  const self: Owner = { pid: process.pid, started: startOf(process.pid), boot: bootId(), host: hostname() }
  for (let attempt = 0; attempt < 10; attempt++) {
    if (create(path, self)) return
    const owner = readOwner(path)
    // A worker thread of this process: the process has the directory already.
    if (owner !== undefined && owner.pid === self.pid && owner.started === self.started) return
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
