/**
 * When to ask the group for a rebalance because a task can move here: as soon as one that the group waits for has caught up,
 * and again after `probing.rebalance.interval.ms` if it is still not ours (KIP-441).
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { Clock } from '../record/clock.ts'

export class WarmUp {
  readonly #config: StreamsConfig
  readonly #clock: Clock
  readonly #lag: (task: string) => number | undefined
  readonly #askedMs = new Map<string, number>()

  /** @param lag offsets a standby is behind; undefined if it is none */
  constructor(config: StreamsConfig, clock: Clock, lag: (task: string) => number | undefined) {
    this.#config = config
    this.#clock = clock
    this.#lag = lag
  }

  /** @param tasks those the group waits for. True once for each that has caught up. */
  readyToMove(tasks: readonly string[]): boolean {
    for (const task of this.#askedMs.keys()) if (!tasks.includes(task)) this.#askedMs.delete(task)
    const now = this.#clock.monotonic()
    let ready = false
    for (const task of tasks) {
      const lag = this.#lag(task)
      if (lag === undefined || lag > this.#config.acceptableRecoveryLag) continue
      const asked = this.#askedMs.get(task)
      if (asked !== undefined && now - asked < this.#config.probingRebalanceIntervalMs) continue
      this.#askedMs.set(task, now)
      ready = true
    }
    return ready
  }
}
