/**
 * Reads a suppressed table as operators below should see it: without the updates that are still held back. For a buffered key
 * that is the value it had when it was first buffered; its time is not known (-1), since the store above has moved on.
 */

import type { OperatorContext } from '../processor/processor-context.ts'
import type { ValueGetter, ValueGetterSupplier } from '../processor/value-getter.ts'
import type { ValueAndTimestamp } from '../state/stores.ts'
import type { ChangeBuffer } from '../state/time-ordered-buffer.ts'

export function suppressedGetter<K, V>(
  storeName: string,
  parent: ValueGetterSupplier<K, V>,
): ValueGetterSupplier<K, V> {
  return {
    get: () => new SuppressedGetter(storeName, parent.get()),
    storeNames: [storeName, ...parent.storeNames],
  }
}

class SuppressedGetter<K, V> implements ValueGetter<K, V> {
  readonly isVersioned = false
  readonly #storeName: string
  readonly #parent: ValueGetter<K, V>
  #buffer!: ChangeBuffer<K, V>

  constructor(storeName: string, parent: ValueGetter<K, V>) {
    this.#storeName = storeName
    this.#parent = parent
  }

  init(context: OperatorContext): void {
    this.#parent.init(context)
    this.#buffer = context.store(this.#storeName)
  }

  get(key: K): ValueAndTimestamp<V> | null {
    const prior = this.#buffer.priorValueForBuffered(key)
    if (!prior.defined) return this.#parent.get(key)
    return prior.value === null ? null : { value: prior.value, timestamp: -1 }
  }
}
