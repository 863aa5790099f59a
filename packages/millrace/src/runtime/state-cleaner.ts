/**
 * Removes the state on disk of tasks that were here and went elsewhere: what nobody had open for `stateCleanupDelayMs` (Kafka
 * Streams' cleaner thread). Until then a task that comes back finds it and restores the tail only.
 *
 * Never what is in use: a task that a thread of this app has, as active or standby, is left out by its lock; what other threads,
 * apps and processes have open is the stores' to know, who refuse too. Unused time is counted by the injected clock, from the
 * look that found a task unused, so no file's time and no other clock matters.
 */

import type { Logger } from '../config/streams-config.ts'
import type { Clock, Timer } from '../record/clock.ts'
import type { ByteStoreFactory } from '../state/byte-store.ts'
import type { TaskLocks } from './task-locks.ts'

/** Looks within a delay: a task is removed by that part of it late. */
const LOOKS = 10
const SHORTEST_LOOK_MS = 100

export interface StateCleanerOptions {
  readonly stores: Pick<ByteStoreFactory, 'idleTasks' | 'destroy'>
  readonly applicationId: string
  readonly stateDir: string
  readonly delayMs: number
  readonly locks: Pick<TaskLocks, 'isTaken' | 'takes' | 'gone'>
  readonly clock: Clock
  readonly logger: Logger
}

interface Unused {
  /** By the monotonic clock. */
  readonly sinceMs: number
  readonly takes: number
}

export class StateCleaner {
  readonly #options: StateCleanerOptions
  readonly #unused = new Map<string, Unused>()
  #timer: Timer | undefined

  constructor(options: StateCleanerOptions) {
    this.#options = options
  }

  /** Looks now and on and on, until closed. Stores that cannot tell or remove are left alone. */
  start(): void {
    const { stores, delayMs, clock } = this.#options
    if (stores.idleTasks === undefined || stores.destroy === undefined) return
    const everyMs = Math.max(SHORTEST_LOOK_MS, Math.ceil(delayMs / LOOKS))
    this.#look()
    this.#timer = clock.setTimer(everyMs, () => this.start())
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    const { delayMs, clock, locks } = this.#options
    const unused = this.#unusedTasks()
    if (unused === undefined) return
    for (const task of this.#unused.keys()) {
      if (unused.has(task)) continue
      this.#unused.delete(task)
      locks.gone(task)
    }
    const now = clock.monotonic()
    for (const task of unused) {
      const before = this.#unused.get(task)
      const takes = locks.takes(task)
      // Between two looks it may have been here and gone again.
      if (before?.takes !== takes) this.#unused.set(task, { sinceMs: now, takes })
      else if (now - before.sinceMs >= delayMs) this.#remove(task, { sinceMs: now, takes })
    }
  }

  #unusedTasks(): Set<string> | undefined {
    const { stores, applicationId, stateDir, locks, logger } = this.#options
    try {
      const idle = stores.idleTasks?.({ applicationId, stateDir }) ?? []
      return new Set(idle.filter((task) => !locks.isTaken(task)))
    } catch (error) {
      logger.warn({ error }, 'could not look for state of tasks that nobody has')
      return undefined
    }
  }

  #remove(task: string, anew: Unused): void {
    const { stores, applicationId, stateDir, delayMs, locks, logger } = this.#options
    try {
      stores.destroy?.({ applicationId, taskId: task, stateDir })
      this.#unused.delete(task)
      locks.gone(task)
      logger.info({ task, unusedMs: delayMs }, 'removed the state of a task that nobody has')
    } catch (error) {
      // Somebody has just opened it, or the disk does not let go: tried again after another delay.
      this.#unused.set(task, anew)
      logger.warn({ task, error }, 'could not remove the state of a task that nobody has')
    }
  }
}
