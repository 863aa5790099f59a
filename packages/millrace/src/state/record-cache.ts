/**
 * The byte budget of a worker's record cache, shared by its caching stores as in Kafka Streams' ThreadCache: whoever puts
 * when the sum is over the limit evicts its own eldest entries until it fits, or until it has none left.
 *
 * Knows nothing of entries: a store says what they weigh.
 */

import type { RecordCacheBudget } from './state-store.ts'

export class RecordCache implements RecordCacheBudget {
  readonly maxBytes: number
  readonly #stores = new Map<object, { bytes: number; readonly evict: () => void }>()
  #bytes = 0

  /** @param maxBytes the budget in bytes as Kafka Streams counts them: `statestore.cache.max.bytes` a thread */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes in all stores. */
  get bytes(): number {
    return this.#bytes
  }

  register(store: object, evict: () => void): void {
    this.#stores.set(store, { bytes: 0, evict })
  }

  unregister(store: object): void {
    this.#bytes -= this.#stores.get(store)?.bytes ?? 0
    this.#stores.delete(store)
  }

  resize(store: object, bytes: number): void {
    const entry = this.#stores.get(store)
    if (entry === undefined) return
    this.#bytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  makeRoom(store: object): void {
    const entry = this.#stores.get(store)
    // Evicting may forward, and so put into this store again: bytes are looked at afresh each time.
    while (entry !== undefined && this.#bytes > this.maxBytes && entry.bytes > 0) entry.evict()
  }
}
