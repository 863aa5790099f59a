/**
 * Event time over one matcher and many keys, as Flink's CepOperator has it: events wait until the watermark has passed
 * them, then go by timestamp, equal ones as they came; what comes at or before the watermark is late. A key is woken by
 * its timers only: one at the timestamp of each event, one at the end of the window of each start. So in Flink a key whose
 * only windows are since the previous event is not woken by them alone; with `gapTimers` it is.
 */

import type { KeyRuns } from '../match/key-runs.ts'
import { type KeySnapshot, restoredFrom, snapshotOf } from '../match/key-snapshot.ts'
import type { Matcher, Outcome } from '../match/matcher.ts'
import { type WaitingEvent, WaitingEvents } from './waiting-events.ts'
import { WakeQueue } from './wake-queue.ts'

export interface EventTimeOptions {
  /** Whether waits between events set timers too; default as the matcher's semantics. */
  readonly gapTimers?: boolean
}

/** Takes what a key gives: the outcome, and the time it was advanced to or the event's. */
export type OutcomeSink<K, E> = (key: K, outcome: Outcome<E>, timestamp: number) => void

/** What is kept of a key, as plain data. */
export interface EventTimeSnapshot<E> {
  readonly runs: KeySnapshot<E>
  readonly waiting: readonly WaitingEvent<E>[]
  readonly timers: readonly number[]
}

interface KeyState<E> {
  readonly runs: KeyRuns<E>
  readonly waiting: WaitingEvents<E>
  /** When windows end, ascending, since events are processed in order. */
  readonly timers: number[]
  /** When it is to be woken next, as far as the queue knows. */
  wakeAt: number
  /** A run began since the key was woken: each event after it sets a timer, as in Flink. */
  began: boolean
}

export class EventTimeMatcher<K, E> {
  readonly #matcher: Matcher<E, unknown>
  readonly #sink: OutcomeSink<K, E>
  readonly #gapTimers: boolean
  readonly #keys = new Map<K, KeyState<E>>()
  readonly #wakes = new WakeQueue<K>()
  #watermark = Number.NEGATIVE_INFINITY

  constructor(matcher: Matcher<E, unknown>, sink: OutcomeSink<K, E>, options: EventTimeOptions = {}) {
    this.#matcher = matcher
    this.#sink = sink
    this.#gapTimers = options.gapTimers ?? matcher.wakesForGaps
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
      state = {
        runs: this.#matcher.start(),
        waiting: new WaitingEvents(),
        timers: [],
        wakeAt: Number.POSITIVE_INFINITY,
        began: false,
      }
      this.#keys.set(key, state)
    }
    state.waiting.add(timestamp, event)
    this.#schedule(key, state, timestamp)
    return true
  }

  /** Time has come this far for all keys; it never goes back. */
  advance(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    for (let wake = this.#wakes.due(watermark); wake !== undefined; wake = this.#wakes.due(watermark)) {
      const state = this.#keys.get(wake.key)
      // A wake that was overtaken by an earlier one.
      if (state === undefined || state.wakeAt !== wake.time) continue
      state.wakeAt = Number.POSITIVE_INFINITY
      this.#wake(wake.key, state, watermark)
    }
  }

  /** The keys with something under way. */
  keys(): IterableIterator<K> {
    return this.#keys.keys()
  }

  /** All that is kept of a key as plain data, JSON if the events are; undefined: nothing. */
  snapshot(key: K): EventTimeSnapshot<E> | undefined {
    const state = this.#keys.get(key)
    if (state === undefined) return undefined
    return { runs: snapshotOf(state.runs), waiting: state.waiting.toArray(), timers: [...state.timers] }
  }

  /** Puts a key back as it was when the snapshot was taken; what is kept of it now is forgotten. */
  restore(key: K, snapshot: EventTimeSnapshot<E>): void {
    const waiting = new WaitingEvents<E>()
    for (const { timestamp, event } of snapshot.waiting) waiting.add(timestamp, event)
    const runs = restoredFrom(snapshot.runs, this.#matcher)
    const state = { runs, waiting, timers: [...snapshot.timers], wakeAt: Number.POSITIVE_INFINITY, began: false }
    this.#keys.set(key, state)
    this.#schedule(key, state, this.#nextWake(state))
  }

  #wake(key: K, state: KeyState<E>, watermark: number): void {
    const { runs, waiting, timers } = state
    const windowMs = this.#matcher.automaton.windowMs
    let advanced = Number.NEGATIVE_INFINITY
    for (let next = waiting.take(watermark); next !== undefined; next = waiting.take(watermark)) {
      const { timestamp, event } = next
      if (timestamp > advanced) this.#give(key, this.#matcher.advance(runs, timestamp), timestamp)
      advanced = timestamp
      const outcome = this.#matcher.process(runs, event, timestamp)
      // Flink sets no timer for a run that starts at 0 or before.
      if (outcome.began && timestamp > 0) state.began = true
      this.#give(key, outcome, timestamp)
      if (state.began && windowMs > 0 && timers.at(-1) !== timestamp + windowMs) timers.push(timestamp + windowMs)
    }
    this.#give(key, this.#matcher.advance(runs, watermark), watermark)
    state.began = false
    let overdue = 0
    while (overdue < timers.length && timers[overdue] <= watermark) overdue++
    if (overdue > 0) timers.splice(0, overdue)
    if (runs.isAtRest && waiting.size === 0 && timers.length === 0) {
      this.#keys.delete(key)
      return
    }
    this.#schedule(key, state, this.#nextWake(state))
  }

  #nextWake({ runs, waiting, timers }: KeyState<E>): number {
    const gap = this.#gapTimers ? runs.gapDeadline : Number.POSITIVE_INFINITY
    return Math.min(waiting.first, timers[0] ?? Number.POSITIVE_INFINITY, gap)
  }

  #schedule(key: K, state: KeyState<E>, time: number): void {
    if (time >= state.wakeAt) return
    state.wakeAt = time
    this.#wakes.add({ time, key })
  }

  #give(key: K, outcome: Outcome<E>, timestamp: number): void {
    if (outcome.matches.length > 0 || outcome.timeouts.length > 0) this.#sink(key, outcome, timestamp)
  }
}
