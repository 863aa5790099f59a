/**
 * How often tasks start over by errors of the log before that ends their thread: the first time at once, then after a pause that
 * doubles, and for `task.timeout.ms` in all. A commit that succeeds ends the count.
 */

import type { Clock } from '../record/clock.ts'
import { LogError, StreamsError } from '../record/errors.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

export class Patience {
  readonly #timeoutMs: number
  readonly #clock: Clock
  #failures = 0
  #sinceMs = 0

  /** @param timeoutMs 0: none at all */
  constructor(timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** Waits until the next attempt may begin. @throws StreamsError `MILLRACE_TASK_TIMEOUT` when there is to be none */
  async failed(error: unknown, signal: AbortSignal): Promise<void> {
    // Smaller batches are written next, which is an end in itself.
    if (error instanceof LogError && error.code === 'BATCH_TOO_LARGE') return
    const now = this.#clock.monotonic()
    if (this.#failures === 0) this.#sinceMs = now
    this.#failures++
    const forMs = now - this.#sinceMs
    // However long one attempt takes, there is a second one.
    if (this.#timeoutMs === 0 || (this.#failures > 2 && forMs > this.#timeoutMs)) {
      throw new StreamsError(
        'MILLRACE_TASK_TIMEOUT',
        `No commit has succeeded for ${Math.round(forMs)} ms, in ${this.#failures} attempts; the last failed with: ` +
          `${error instanceof Error ? error.message : String(error)} Mend that, or allow more with taskTimeoutMs.`,
        { cause: error },
      )
    }
    if (this.#failures > 1) {
      await this.#clock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 2), LONGEST_PAUSE_MS), signal)
    }
  }

  progressed(): void {
    this.#failures = 0
  }
}
