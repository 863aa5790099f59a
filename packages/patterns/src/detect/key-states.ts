/**
 * The keys of a task: those that were busy last are kept in memory, the others are read from the store when an event or a
 * timer asks for them. What changes in memory is written back before each commit, and when a key makes room for others.
 */

import type { Serde } from 'millrace'
import type { Matcher } from '../match/matcher.ts'
import { KeyState } from './key-state.ts'
import type { PatternStore, WriteBack } from './pattern-store.ts'
import { PART, partKey } from './state-key.ts'
import type { MetaValue } from './state-value.ts'
import { Timers } from './timers.ts'

/** What a change is taken to write, for the bound on what waits for a commit. */
const BYTES_PER_CHANGE = 100

export class KeyStates<K, E> implements WriteBack {
  readonly #store: PatternStore<K, E>
  readonly #matcherOf: (key: K) => Matcher<E, unknown>
  readonly #keySerde: Serde<K>
  readonly #limit: number
  /** Those asked for last; when they are half of what is kept, they become the old ones, and what was old makes room. */
  #young = new Map<string, KeyState<K, E>>()
  #old = new Map<string, KeyState<K, E>>()
  readonly #changed = new Set<KeyState<K, E>>()
  readonly #timers: Timers<K>
  #pendingBytes = 0

  /** @param limit how many keys are kept in memory; 0: none, everything is written and read at once */
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
    const timers = store as PatternStore<K, unknown>
    this.#timers = new Timers(
      timers,
      (key) => this.#idOf(key),
      () => this.writeBack(),
    )
    store.usedBy(this)
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Of the keys in memory. */
  gauges(): { keys: number; runs: number; held: number } {
    const states = new Set([...this.#young.values(), ...this.#old.values()])
    let runs = 0
    let held = 0
    for (const state of states) {
      runs += state.runs.live.runs
      held += state.runs.held.size
    }
    return { keys: states.size, runs, held }
  }

  /** The key if it is in memory. */
  known(key: K): KeyState<K, E> | undefined {
    return this.#known(this.#idOf(key))
  }

  get(key: K): KeyState<K, E> {
    const id = this.#idOf(key)
    const known = this.#known(id)
    if (known !== undefined) return known
    const meta = this.#store.get(partKey(key, PART.meta)) as MetaValue | null
    const state = new KeyState(key, this.#store, this.#matcherOf(key), meta ?? undefined)
    this.#keep(id, state)
    return state
  }

  /** Takes note of what an event or the passing of time has changed. */
  changed(state: KeyState<K, E>): void {
    const { key, runs } = state
    const matcher = this.#matcherOf(key)
    if (state.schedule(matcher.nextDeadline(runs))) {
      this.#timers.add({ time: state.wakeAt, key, id: this.#idOf(key) })
    }
    if (this.#limit === 0 || matcher.failsHalfway) {
      state.write()
      if (this.#limit === 0) this.#forget(key)
      return
    }
    this.#changed.add(state)
    this.#pendingBytes += BYTES_PER_CHANGE
  }

  writeBack(): void {
    for (const state of this.#changed) state.write()
    this.#changed.clear()
    this.#pendingBytes = 0
  }

  forgetAll(): void {
    this.#young.clear()
    this.#old.clear()
    this.#changed.clear()
    this.#pendingBytes = 0
  }

  /** A match failed half way: what is in the store counts. Its timer may have fired: it gets a new one. */
  recover(key: K): void {
    this.#forget(key)
    const state = this.get(key)
    state.woken()
    this.changed(state)
  }

  /** The next key whose timer has fired by now, to be advanced; undefined if there is none. */
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

  #known(id: string): KeyState<K, E> | undefined {
    const young = this.#young.get(id)
    if (young !== undefined) return young
    const old = this.#old.get(id)
    if (old !== undefined) this.#keep(id, old)
    return old
  }

  #keep(id: string, state: KeyState<K, E>): void {
    this.#young.set(id, state)
    if (this.#young.size * 2 > this.#limit) this.#age()
  }

  #age(): void {
    for (const [id, state] of this.#old) {
      // One that was asked for again is young.
      if (!this.#changed.has(state) || this.#young.get(id) === state) continue
      state.write()
      this.#changed.delete(state)
    }
    this.#old = this.#young
    this.#young = new Map()
  }

  #forget(key: K): void {
    const id = this.#idOf(key)
    this.#young.delete(id)
    this.#old.delete(id)
  }

  #idOf(key: K): string {
    if (typeof key === 'string') return key
    return Buffer.from(this.#keySerde.encode(key, { topic: '', isKey: true })).toString('latin1')
  }
}
