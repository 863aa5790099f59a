/**
 * The keys of a task: those that were busy last are kept in memory, the others are read from the store when an event or a
 * timer asks for them. A key with nothing under way costs one read of its meta entry.
 */

import type { Serde } from 'millrace'
import type { Matcher } from '../match/matcher.ts'
import { KeyState, type PatternStore } from './key-state.ts'
import { PART, partKey } from './state-key.ts'
import type { MetaValue } from './state-value.ts'
import { Timers } from './timers.ts'

export class KeyStates<K, E> {
  readonly #store: PatternStore<K, E>
  readonly #matcherOf: (key: K) => Matcher<E, unknown>
  readonly #keySerde: Serde<K>
  readonly #limit: number
  /** The longest unused first. */
  readonly #live = new Map<string, KeyState<K, E>>()
  readonly #timers: Timers<K>

  /** @param limit how many keys are kept in memory; 0: none, every record reads the store */
  constructor(
    store: PatternStore<K, E>,
    matcherOf: (key: K) => Matcher<E, unknown>,
    keySerde: Serde<K>,
    limit: number,
  ) {
    this.#store = store
    this.#matcherOf = matcherOf
    this.#keySerde = keySerde
    this.#limit = limit
    this.#timers = new Timers(store as PatternStore<K, unknown>, (key) => this.#idOf(key))
  }

  get(key: K): KeyState<K, E> {
    const id = this.#idOf(key)
    let state = this.#live.get(id)
    if (state !== undefined) {
      this.#live.delete(id)
    } else {
      const meta = this.#store.get(partKey(key, PART.meta)) as MetaValue | null
      state = new KeyState(key, this.#store, this.#matcherOf(key), meta ?? undefined)
    }
    this.#live.set(id, state)
    if (this.#live.size > Math.max(this.#limit, 1)) this.#dropOldest()
    return state
  }

  /** Writes what an event or the passing of time has changed. */
  save(state: KeyState<K, E>): void {
    const before = state.wakeAt
    state.save(this.#matcherOf(state.key).nextDeadline(state.runs))
    const { key, wakeAt } = state
    if (wakeAt < before) this.#timers.add({ time: wakeAt, key, id: this.#idOf(key) })
    if (this.#limit === 0) this.forget(key)
  }

  /** What is in the store counts: something went wrong half way. Its timer may have fired: it gets a new one. */
  recover(key: K): void {
    this.forget(key)
    const state = this.get(key)
    state.woken()
    this.save(state)
  }

  /** Drops it from memory. */
  forget(key: K): void {
    this.#live.delete(this.#idOf(key))
  }

  /** The next key whose timer has fired by now, to be advanced and saved; undefined if there is none. */
  due(now: number): KeyState<K, E> | undefined {
    for (let timer = this.#timers.due(now); timer !== undefined; timer = this.#timers.due(now)) {
      const state = this.get(timer.key)
      // It may have been moved, or fired already.
      if (state.wakeAt !== timer.time) continue
      state.woken()
      return state
    }
    return undefined
  }

  #dropOldest(): void {
    for (const id of this.#live.keys()) {
      this.#live.delete(id)
      return
    }
  }

  #idOf(key: K): string {
    if (typeof key === 'string') return key
    return Buffer.from(this.#keySerde.encode(key, { topic: '', isKey: true })).toString('latin1')
  }
}
