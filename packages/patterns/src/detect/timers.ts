/**
 * When keys are to be woken. All timers are in the store, or of keys not written back yet; the earliest are also in memory, up
 * to a horizon, so that the store is asked once for thousands of them, and never while they all fit. A timer in memory may be
 * one that was moved: whoever wakes the key sees that.
 */

import { PriorityQueue } from 'millrace/operator'
import type { PatternStore } from './pattern-store.ts'
import { timerKey } from './state-key.ts'

export interface Timer<K> {
  readonly time: number
  readonly key: K
  /** The key as text, so that timers of one time fire in the same order after a restart. */
  readonly id: string
}

const DEFAULT_LIMIT = 32_768

function compare(a: Timer<unknown>, b: Timer<unknown>): number {
  return a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

export class Timers<K> {
  readonly #store: PatternStore<K, unknown>
  readonly #idOf: (key: K) => string
  readonly #writeBack: () => void
  readonly #limit: number
  #queue = new PriorityQueue<Timer<K>>(compare)
  /** Timers up to this time are in memory. */
  #horizon: number

  /**
   * @param writeBack puts the timers of all keys into the store
   * @param limit how many are kept in memory
   */
  constructor(
    store: PatternStore<K, unknown>,
    idOf: (key: K) => string,
    writeBack: () => void,
    limit: number = DEFAULT_LIMIT,
  ) {
    this.#store = store
    this.#idOf = idOf
    this.#writeBack = writeBack
    this.#limit = limit
    this.#horizon = store.approximateEntries() === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  }

  /** A timer that its key has, or will have in the store when it is written back. */
  add(timer: Timer<K>): void {
    if (timer.time > this.#horizon) return
    this.#queue.offer(timer)
    if (this.#queue.size > this.#limit) this.#shrink()
  }

  /** The first timer up to and at `now`, removed; undefined if there is none. */
  due(now: number): Timer<K> | undefined {
    for (;;) {
      const first = this.#queue.peek()
      if (first !== undefined && first.time <= now) return this.#queue.poll()
      // What lies beyond the horizon is later than what is in memory.
      if (now <= this.#horizon) return undefined
      this.#load()
    }
  }

  #load(): void {
    this.#writeBack()
    const from = this.#horizon === Number.NEGATIVE_INFINITY ? Number.MIN_SAFE_INTEGER : this.#horizon + 1
    const range = this.#store.range(timerKey<K>(undefined, from), timerKey<K>(undefined, Number.MAX_SAFE_INTEGER))
    const half = this.#limit >>> 1
    let taken = 0
    let last = from
    for (const [at] of range) {
      if (!at.timer) continue
      if (taken >= half && at.time > last) {
        this.#horizon = last
        return
      }
      const key = at.key as K
      this.#queue.offer({ time: at.time, key, id: this.#idOf(key) })
      last = at.time
      taken++
    }
    this.#horizon = Number.POSITIVE_INFINITY
  }

  /** Forgets the later half; it is in the store, or will be before it is asked. */
  #shrink(): void {
    const sorted = [...this.#queue].sort(compare)
    const half = this.#limit >>> 1
    const horizon = sorted[half - 1].time
    const kept = sorted.filter(({ time }) => time <= horizon)
    // Timers of one instant cannot be parted.
    if (kept.length === sorted.length) return
    this.#horizon = horizon
    this.#queue = new PriorityQueue(compare, kept)
  }
}
