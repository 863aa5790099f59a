/**
 * The byte budget of a worker's record cache, shared by its caching stores as in Kafka Streams' ThreadCache: whoever puts
 * when the sum is over the limit evicts its own eldest entries until it fits, or until it has none left.
 *
 * Knows nothing of entries: a store says what they weigh.
 */

import type { RecordCacheBudget, RecordCacheShare } from './state-store.ts'

export class RecordCache implements RecordCacheBudget {
  readonly maxBytes: number
  #bytes = 0

  /** @param maxBytes the budget in bytes as Kafka Streams counts them: `statestore.cache.max.bytes` a thread */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes in all stores. */
  get bytes(): number {
    return this.#bytes
  }

  share(evict: () => void): RecordCacheShare {
    let mine = 0
    const resize = (bytes: number): void => {
      this.#bytes += bytes - mine
      mine = bytes
    }
    return {
      resize,
      makeRoom: () => {
        // Evicting may forward, and so put into this store again: bytes are looked at afresh each time.
        while (this.#bytes > this.maxBytes && mine > 0) evict()
      },
      close: () => resize(0),
    }
  }
}
