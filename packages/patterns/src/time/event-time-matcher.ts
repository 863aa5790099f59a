/**
 * Event time over one matcher and many keys, as Flink's CepOperator has it: events wait until the watermark has passed
 * them, then go by timestamp, equal ones as they came; what comes at or before the watermark is late. A key is woken by
 * its timers only: one at the timestamp of each event, one at the end of the window of each start. So a key whose only
 * windows are since the previous event is not woken by them alone; with `gapTimers` it is.
 */

import type { KeyRuns } from '../match/key-runs.ts'
import type { Matcher, Outcome } from '../match/matcher.ts'
import { KeyTimers } from './key-timers.ts'
import { WaitingEvents } from './waiting-events.ts'

export interface EventTimeOptions {
  /** Whether waits between events set timers too; default false, as in Flink. */
  readonly gapTimers?: boolean
}

/** Takes what a key gives: the outcome, and the time it was advanced to or the event's. */
export type OutcomeSink<K, E> = (key: K, outcome: Outcome<E>, timestamp: number) => void

interface KeyState<E> {
  readonly runs: KeyRuns<E>
  readonly waiting: WaitingEvents<E>
  /** A run began since the key was woken: each event after it sets a timer, as in Flink. */
  began: boolean
}

export class EventTimeMatcher<K, E> {
  readonly #matcher: Matcher<E>
  readonly #sink: OutcomeSink<K, E>
  readonly #gapTimers: boolean
  readonly #keys = new Map<K, KeyState<E>>()
  readonly #timers = new KeyTimers<K>()
  #watermark = Number.NEGATIVE_INFINITY

  constructor(matcher: Matcher<E>, sink: OutcomeSink<K, E>, options: EventTimeOptions = {}) {
    this.#matcher = matcher
    this.#sink = sink
    this.#gapTimers = options.gapTimers ?? false
  }

  /** How many finished matches are held back, over all keys. */
  get held(): number {
    let held = 0
    for (const { runs } of this.#keys.values()) held += runs.held.size
    return held
  }

  /** How many keys have something under way. */
  get size(): number {
    return this.#keys.size
  }

  /** Takes an event to wait for the watermark; false if it is late, and so dropped. */
  offer(key: K, event: E, timestamp: number): boolean {
    if (timestamp <= this.#watermark) return false
    let state = this.#keys.get(key)
    if (state === undefined) {
      state = { runs: this.#matcher.start(), waiting: new WaitingEvents(), began: false }
      this.#keys.set(key, state)
    }
    state.waiting.add(timestamp, event)
    this.#timers.set(key, timestamp)
    return true
  }

  /** Time has come this far for all keys; it never goes back. */
  advance(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    for (const key of this.#timers.due(watermark)) {
      const state = this.#keys.get(key)
      if (state === undefined) this.#timers.drop(key, watermark)
      else this.#wake(key, state, watermark)
    }
  }

  #wake(key: K, state: KeyState<E>, watermark: number): void {
    const { runs, waiting } = state
    const windowMs = this.#matcher.automaton.windowMs
    let advanced = Number.NEGATIVE_INFINITY
    for (let next = waiting.take(watermark); next !== undefined; next = waiting.take(watermark)) {
      const { timestamp, event } = next
      if (timestamp > advanced) this.#sinkSome(key, this.#matcher.advance(runs, timestamp), timestamp)
      advanced = timestamp
      const outcome = this.#matcher.process(runs, event, timestamp)
      // Flink sets no timer for a run that starts at 0 or before.
      if (outcome.began && timestamp > 0) state.began = true
      this.#sinkSome(key, outcome, timestamp)
      if (state.began && windowMs > 0) this.#timers.set(key, timestamp + windowMs)
    }
    this.#sinkSome(key, this.#matcher.advance(runs, watermark), watermark)
    state.began = false
    this.#timers.drop(key, watermark)
    if (this.#gapTimers && runs.gapDeadline !== Number.POSITIVE_INFINITY) this.#timers.set(key, runs.gapDeadline)
    if (runs.isAtRest && waiting.size === 0) this.#keys.delete(key)
  }

  #sinkSome(key: K, outcome: Outcome<E>, timestamp: number): void {
    if (outcome.matches.length > 0 || outcome.timeouts.length > 0) this.#sink(key, outcome, timestamp)
  }
}
