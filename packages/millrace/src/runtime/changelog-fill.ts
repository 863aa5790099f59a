/**
 * One store being filled from its changelog: up to an end, for a task that is to run, or without one, for a standby. Keeps
 * count for listeners; fetching and applying are the restorer's.
 */

import type { TopicPartition } from '../log/log.ts'
import type { StateStore } from '../state/state-store.ts'
import type { RestoreProgress, StandbyUpdate } from './restore-progress.ts'
import type { Task } from './task.ts'

export interface ChangelogFillOptions {
  readonly task: Task
  readonly store: StateStore
  readonly partition: TopicPartition
  readonly start: number
  /** Undefined: a standby's, without an end. */
  readonly endOffset: number | undefined
  /** Of a standby whose changelog is its source topic: what the group has committed. */
  readonly limit: number | undefined
  /** Where the log ends now. */
  readonly logEnd: number
  readonly nowMs: number
}

export class ChangelogFill {
  readonly task: Task
  readonly store: StateStore
  readonly partition: TopicPartition
  readonly endOffset: number | undefined
  readonly #start: number
  readonly #startedMs: number
  position: number
  limit: number | undefined
  /** End of the log as far as known. */
  logEnd: number
  /** A standby that has to wait for its limit to rise. */
  atLimit = false
  paused = false
  #records = 0
  #bytes = 0

  constructor(options: ChangelogFillOptions) {
    this.task = options.task
    this.store = options.store
    this.partition = options.partition
    this.endOffset = options.endOffset
    this.limit = options.limit
    this.logEnd = options.logEnd
    this.position = options.start
    this.#start = options.start
    this.#startedMs = options.nowMs
  }

  get standby(): boolean {
    return this.endOffset === undefined
  }

  /** No record at or behind it may be applied. */
  get bound(): number {
    return this.endOffset ?? this.limit ?? Number.POSITIVE_INFINITY
  }

  get lag(): number {
    return Math.max(0, Math.min(this.logEnd, this.bound) - this.position)
  }

  applied(position: number, records: number, bytes: number): void {
    this.position = position
    this.#records += records
    this.#bytes += bytes
  }

  progress(phase: RestoreProgress['phase'], nowMs: number): RestoreProgress {
    const done = this.position - this.#start
    const elapsed = (nowMs - this.#startedMs) / 1000
    return {
      phase,
      task: this.task.name,
      store: this.store.name,
      ...this.partition,
      restored: this.#records,
      bytes: this.#bytes,
      remaining: this.lag,
      secondsLeft: done > 0 && elapsed > 0 ? (this.lag * elapsed) / done : undefined,
    }
  }

  update(phase: StandbyUpdate['phase'], more: Partial<StandbyUpdate> = {}): StandbyUpdate {
    return {
      phase,
      task: this.task.name,
      store: this.store.name,
      ...this.partition,
      offset: this.position,
      endOffset: Math.max(this.logEnd, this.position),
      records: 0,
      bytes: 0,
      ...more,
    }
  }
}
