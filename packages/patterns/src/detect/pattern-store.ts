/**
 * The store of a detection: a key-value store whose user keeps what changes in memory and writes it back before each commit,
 * as the buffer of `suppress` does. So a run that moves ten times between two commits is written once, and one that begins and
 * ends between them not at all. Like every store it has what is committed, its changelog, and nothing else.
 */

import { type KeyValueStore, keyValueStore, type StateStore, type StoreBuilder } from 'millrace'
import type { StateKey } from './state-key.ts'
import type { StateValue } from './state-value.ts'

/** Who keeps changes in memory. */
export interface WriteBack {
  /** Puts everything that has changed since the last time. */
  writeBack(): void
  /** What was not committed is void. */
  forgetAll(): void
  /** About how many bytes a write-back would put; the worker commits early when it is too much. */
  readonly pendingBytes: number
}

type Inner<K, E> = KeyValueStore<StateKey<K>, StateValue<E>>

export class PatternStore<K, E> implements Inner<K, E> {
  readonly #inner: Inner<K, E>
  #user: WriteBack | undefined

  constructor(inner: Inner<K, E>) {
    this.#inner = inner
  }

  get name(): string {
    return this.#inner.name
  }

  /** Says who is to be asked before each commit. */
  usedBy(user: WriteBack): void {
    this.#user = user
  }

  flushCache(): void {
    this.#user?.writeBack()
    this.#inner.flushCache()
  }

  uncommittedBytes(): number {
    return this.#inner.uncommittedBytes() + (this.#user?.pendingBytes ?? 0)
  }

  rollback(): void {
    this.#user?.forgetAll()
    this.#inner.rollback()
  }

  init(environment: Parameters<StateStore['init']>[0]): void {
    this.#inner.init(environment)
  }

  restore(batch: Parameters<StateStore['restore']>[0]): void {
    this.#inner.restore(batch)
  }

  commitSlice(): boolean {
    return this.#inner.commitSlice?.() ?? false
  }

  commit(changelogOffset: number | undefined): void {
    this.#inner.commit(changelogOffset)
  }

  forget(): void {
    this.#user?.forgetAll()
    this.#inner.forget()
  }

  committedOffset(): number | undefined {
    return this.#inner.committedOffset()
  }

  close(): void {
    this.#inner.close()
  }

  get(key: StateKey<K>): StateValue<E> | null {
    return this.#inner.get(key)
  }

  put(key: StateKey<K>, value: StateValue<E> | null): void {
    this.#inner.put(key, value)
  }

  putIfAbsent(key: StateKey<K>, value: StateValue<E>): StateValue<E> | null {
    return this.#inner.putIfAbsent(key, value)
  }

  delete(key: StateKey<K>): StateValue<E> | null {
    return this.#inner.delete(key)
  }

  range(
    from: StateKey<K> | null,
    to: StateKey<K> | null,
    options?: { reverse?: boolean },
  ): Iterable<readonly [StateKey<K>, StateValue<E>]> {
    return this.#inner.range(from, to, options)
  }

  all(options?: { reverse?: boolean }): Iterable<readonly [StateKey<K>, StateValue<E>]> {
    return this.#inner.all(options)
  }

  approximateEntries(): number {
    return this.#inner.approximateEntries()
  }
}

/** The store as a topology declares it. */
export function patternStore<K, E>(
  options: Parameters<typeof keyValueStore<StateKey<K>, StateValue<E>>>[0],
): StoreBuilder<PatternStore<K, E>> {
  const inner = keyValueStore<StateKey<K>, StateValue<E>>(options)
  return Object.freeze({ ...inner, build: () => new PatternStore(inner.build()) })
}
