/**
 * A clock that moves only when told. Timers fire, in order of their due time, while `advance` runs; chance comes from a
 * seed, so two runs are alike.
 */

import { type Clock, systemClock, type Timer } from 'millrace'

/** Only for its macrotasks: time stands still between them. */
const macrotasks = systemClock()

interface Waiting {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

export class ManualClock implements Clock {
  #now: number
  #order = 0
  #waiting: Waiting[] = []
  #seed: number

  /** @param startMs wall-clock time at the start. Default 0. @param seed of `random` and `uuid`. Default 1. */
  constructor(startMs = 0, seed = 1) {
    this.#now = startMs
    this.#seed = seed >>> 0
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(ms: number, callback: () => void): Timer {
    const waiting: Waiting = { dueMs: this.#now + ms, order: this.#order++, callback }
    this.#waiting.push(waiting)
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
      },
    }
  }

  yield(): Promise<void> {
    return macrotasks.yield()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = this.setTimer(ms, resolve)
      signal?.addEventListener(
        'abort',
        () => {
          timer.cancel()
          resolve()
        },
        { once: true },
      )
    })
  }

  /** mulberry32: small, seeded, uniform enough for tests. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0
    let bits = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16))
    hex[12] = '4'
    const text = hex.join('')
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
  }

  /** Moves time on, firing what falls due on the way. Negative: the wall clock jumps back and nothing fires. */
  advance(ms: number): void {
    const target = this.#now + ms
    for (;;) {
      const next = this.#waiting
        .filter(({ dueMs }) => dueMs <= target)
        .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0]
      if (next === undefined) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.dueMs)
      next.callback()
    }
    this.#now = target
  }
}
