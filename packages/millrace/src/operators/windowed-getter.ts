/**
 * Reads a windowed table from its store: how joins and other operators below see it. A session's time is its end.
 */

import type { OperatorContext } from '../processor/processor-context.ts'
import type { ValueGetter, ValueGetterSupplier } from '../processor/value-getter.ts'
import type { Windowed } from '../record/windowed.ts'
import type { SessionStore, TimestampedWindowStore, ValueAndTimestamp } from '../state/stores.ts'

export function windowGetter<K, A>(storeName: string): ValueGetterSupplier<Windowed<K>, A> {
  return { get: () => new WindowGetter<K, A>(storeName), storeNames: [storeName] }
}

export function sessionGetter<K, A>(storeName: string): ValueGetterSupplier<Windowed<K>, A> {
  return { get: () => new SessionGetter<K, A>(storeName), storeNames: [storeName] }
}

class WindowGetter<K, A> implements ValueGetter<Windowed<K>, A> {
  readonly isVersioned = false
  readonly #storeName: string
  #store!: TimestampedWindowStore<K, A>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: OperatorContext): void {
    this.#store = context.store(this.#storeName)
  }

  get({ key, window }: Windowed<K>): ValueAndTimestamp<A> | null {
    return this.#store.fetch(key, window.start)
  }
}

class SessionGetter<K, A> implements ValueGetter<Windowed<K>, A> {
  readonly isVersioned = false
  readonly #storeName: string
  #store!: SessionStore<K, A>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: OperatorContext): void {
    this.#store = context.store(this.#storeName)
  }

  get({ key, window }: Windowed<K>): ValueAndTimestamp<A> | null {
    const value = this.#store.fetchSession(key, window.start, window.end)
    return value === null ? null : { value, timestamp: window.end }
  }
}
