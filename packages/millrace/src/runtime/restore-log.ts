/**
 * Restores as log lines: when one begins and ends, and every ten seconds in between how far it is. Standbys: when one begins,
 * is promoted or given up.
 */

import type { Logger } from '../config/streams-config.ts'
import type { Clock } from '../record/clock.ts'
import type { RestoreListeners, RestoreProgress, StandbyUpdate } from './restore-progress.ts'

const EVERY_MS = 10_000

const SAID: Readonly<Record<RestoreProgress['phase'], string>> = {
  start: 'restoring a store',
  batch: 'still restoring a store',
  end: 'restored a store',
  suspended: 'gave up restoring a store: its task went away',
}

export class RestoreLog implements RestoreListeners {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #next: RestoreListeners
  readonly #saidMs = new Map<string, number>()

  /** @param next told of everything */
  constructor(logger: Logger, clock: Clock, next: RestoreListeners) {
    this.#logger = logger
    this.#clock = clock
    this.#next = next
  }

  onRestoreProgress(progress: RestoreProgress): void {
    const { phase, task, store, restored, bytes, remaining, secondsLeft } = progress
    const now = this.#clock.monotonic()
    const key = `${task}/${store}`
    if (phase !== 'batch' || now - (this.#saidMs.get(key) ?? now) >= EVERY_MS) {
      this.#saidMs.set(key, now)
      const left = secondsLeft === undefined ? {} : { secondsLeft: Math.ceil(secondsLeft) }
      this.#logger.info({ task, store, records: restored, bytes, remaining, ...left }, SAID[phase])
    }
    if (phase === 'end' || phase === 'suspended') this.#saidMs.delete(key)
    this.#next.onRestoreProgress(progress)
  }

  onStandbyUpdate(update: StandbyUpdate): void {
    const { phase, task, store, offset, endOffset, reason } = update
    if (phase === 'start') this.#logger.info({ task, store, offset, endOffset }, 'keeping a store warm')
    else if (phase === 'suspended') this.#logger.info({ task, store, offset, endOffset, reason }, 'a warm store ended')
    this.#next.onStandbyUpdate(update)
  }
}
