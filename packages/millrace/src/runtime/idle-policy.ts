/**
 * When a task may take its next record (`max.task.idle.ms`, KIP-695): if every input has something waiting, always. If one
 * is empty, only when the log is known to have nothing more there, so that records of several inputs are taken in order of
 * time; with a positive idle time the task waits that much longer for a producer that lags.
 *
 * An answer holds until an input runs dry, where a task stops by itself: it must then be asked again.
 */

import type { Fetcher } from '../log/fetcher.ts'
import type { Clock } from '../record/clock.ts'
import type { Task } from './task.ts'

export class IdlePolicy {
  readonly #maxIdleMs: number
  readonly #clock: Clock
  readonly #idleSince = new WeakMap<Task, number>()

  /** @param maxIdleMs -1: never wait; 0: while the log has more; else ms beyond that. */
  constructor(maxIdleMs: number, clock: Clock) {
    this.#maxIdleMs = maxIdleMs
    this.#clock = clock
  }

  mayProcess(task: Task, fetcher: Fetcher): boolean {
    const group = task.partitions
    if (group.isEmpty) return false
    if (this.#maxIdleMs < 0 || group.allBuffered) {
      this.#idleSince.delete(task)
      return true
    }
    for (const queue of group.queues) {
      if (!queue.isEmpty) continue
      const position = fetcher.position(queue)
      const end = fetcher.endOffset(queue)
      if (position === undefined || end === undefined || position < end) {
        this.#idleSince.delete(task)
        return false
      }
    }
    if (this.#maxIdleMs === 0) return true
    const since = this.#idleSince.get(task)
    if (since === undefined) {
      this.#idleSince.set(task, this.#clock.monotonic())
      return false
    }
    return this.#clock.monotonic() - since >= this.#maxIdleMs
  }
}
