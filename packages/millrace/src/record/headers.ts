/**
 * Record headers: an ordered list of (key, bytes) pairs that may repeat a key.
 *
 * Mutable and shared on purpose, as in Kafka Streams: a processor that adds a header to the record it was given is seen
 * by the later siblings that get the same record. Whoever forwards a *new* record copies them first (`StreamRecord` does).
 * Knows nothing of batches: adapters decode into it.
 */

export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

export class Headers implements Iterable<Header> {
  #entries: Header[]

  constructor(entries?: Iterable<Header>) {
    this.#entries = entries === undefined ? [] : [...entries]
  }

  get size(): number {
    return this.#entries.length
  }

  /** Appends a header; an equal key that is there already stays. */
  add(key: string, value: Uint8Array | null): this {
    this.#entries.push({ key, value })
    return this
  }

  /** Removes every header of this key. */
  remove(key: string): this {
    this.#entries = this.#entries.filter((header) => header.key !== key)
    return this
  }

  /** The header added last under this key. */
  last(key: string): Header | undefined {
    return this.#entries.findLast((header) => header.key === key)
  }

  copy(): Headers {
    return new Headers(this.#entries)
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#entries[Symbol.iterator]()
  }
}
