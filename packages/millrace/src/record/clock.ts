/**
 * The one clock, the one source of chance and the one scheduler (law 7). Everything that waits, asks the time or draws a
 * number takes a `Clock`; this file alone touches the platform's. A simulator hands in its own and the whole app runs in
 * virtual time under a seed.
 */

import { randomUUID } from 'node:crypto'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall-clock time, ms since the epoch. May jump. */
  now(): number
  /** Monotonic time in ms with a fraction, for measuring durations. */
  monotonic(): number
  /** Calls back once after `ms`. */
  setTimer(ms: number, callback: () => void): Timer
  /** Resolves in a later macrotask, so that sockets, heartbeats and timers get their turn (law 2). */
  yield(): Promise<void>
  /** Resolves after `ms`, or at once when the signal aborts (it does not reject: callers look at the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Uniform in [0, 1). */
  random(): number
  uuid(): string
}

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer(ms, callback) {
      const handle = setTimeout(callback, ms)
      return { cancel: () => clearTimeout(handle) }
    },
    yield: () => new Promise((resolve) => setImmediate(resolve)),
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const done = (): void => {
          clearTimeout(handle)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const handle = setTimeout(done, ms)
        signal?.addEventListener('abort', done, { once: true })
      })
    },
    random: () => Math.random(),
    uuid: () => randomUUID(),
  }
}
