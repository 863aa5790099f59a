/**
 * Whose a task's state on disk is, among the threads of one app: a task that moves from one to the other is closed here before it
 * is opened there (Kafka Streams' lock of a task's directory). Threads learn of an assignment one after the other, so whoever
 * comes first waits.
 *
 * Between processes the lock of the state directory decides; this knows nothing of files. Threads hear of state that is there no
 * more: they must not claim it in the group.
 */

import type { Clock } from '../record/clock.ts'
import { LogError } from '../record/errors.ts'

const LOOK_MS = 10
/** Longer than a thread needs to take its events. */
const PATIENCE_MS = 10_000

export class TaskLocks {
  readonly #clock: Clock
  readonly #owners = new Map<string, object>()
  readonly #takes = new Map<string, number>()
  readonly #listeners = new Set<(task: string) => void>()

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
    if (other === undefined) this.#takes.set(task, this.takes(task) + 1)
    this.#owners.set(task, owner)
    return true
  }

  release(task: string, owner: object): void {
    if (this.#owners.get(task) === owner) this.#owners.delete(task)
  }

  isTaken(task: string): boolean {
    return this.#owners.has(task)
  }

  /** How often it was taken: who sees the same count twice has missed nothing. */
  takes(task: string): number {
    return this.#takes.get(task) ?? 0
  }

  /** The state of a task that nobody here has is gone from the disk, or somebody else's. */
  gone(task: string): void {
    for (const listener of this.#listeners) listener(task)
  }

  /** @returns a function that takes the listener off again */
  onGone(listener: (task: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Releases all but these. */
  keepOnly(tasks: ReadonlySet<string>, owner: object): void {
    for (const [task, of] of this.#owners) if (of === owner && !tasks.has(task)) this.#owners.delete(task)
  }
}
