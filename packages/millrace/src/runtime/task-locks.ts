/**
 * Whose a task's state on disk is, among the threads of one app: a task that moves from one to the other is closed here before it
 * is opened there (Kafka Streams' lock of a task's directory). Threads learn of an assignment one after the other, so whoever
 * comes first waits.
 *
 * Between processes the lock of the state directory decides; this knows nothing of files.
 */

import type { Clock } from '../record/clock.ts'
import { LogError } from '../record/errors.ts'

const LOOK_MS = 10
/** Longer than a thread needs to take its events. */
const PATIENCE_MS = 10_000

export class TaskLocks {
  readonly #clock: Clock
  readonly #owners = new Map<string, object>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes a task's state, when the owner it has now has given it up. Taking it twice is no error.
   * @throws LogError `STATE_IN_USE` if that takes too long, or the signal aborts
   */
  async take(task: string, owner: object, signal: AbortSignal): Promise<void> {
    const until = this.#clock.monotonic() + PATIENCE_MS
    for (;;) {
      if (this.tryTake(task, owner)) return
      if (signal.aborted || this.#clock.monotonic() >= until) {
        throw new LogError('STATE_IN_USE', `The state of task ${task} is still in use by another thread of this app.`)
      }
      await this.#clock.sleep(LOOK_MS, signal)
    }
  }

  /** False if another has it. */
  tryTake(task: string, owner: object): boolean {
    const other = this.#owners.get(task)
    if (other !== undefined && other !== owner) return false
    this.#owners.set(task, owner)
    return true
  }

  release(task: string, owner: object): void {
    if (this.#owners.get(task) === owner) this.#owners.delete(task)
  }

  /** Releases all but these. */
  keepOnly(tasks: ReadonlySet<string>, owner: object): void {
    for (const [task, of] of this.#owners) if (of === owner && !tasks.has(task)) this.#owners.delete(task)
  }
}
