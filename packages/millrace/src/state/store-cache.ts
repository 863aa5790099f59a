/**
 * One store's part of the record cache (law 5): Kafka Streams' NamedCache. It joins updates of one key between flushes,
 * and so decides which intermediate results are forwarded and logged: its sizes, orders and evictions are visible.
 *
 * Entries are flushed in the order in which they were dirtied last. Evicting a dirty entry flushes all dirty ones, the
 * evicted first. The store that owns it writes and forwards what is flushed.
 */

import { LRUCache } from 'lru-cache'
import type { Headers } from '../record/headers.ts'
import { contextBytes } from './buffer-value.ts'
import { KeyIndex } from './key-index.ts'
import type { RecordCacheBudget, RecordContext } from './state-store.ts'

export class CacheEntry implements RecordContext {
  readonly key: string
  value: Uint8Array | null
  /** The decoded value, where it is known. */
  object: unknown
  topic: string | null
  partition: number
  offset: number
  timestamp: number
  dirty: boolean
  bytes: number
  #headers: Headers | undefined
  #record: RecordContext['current']

  constructor(key: string, value: Uint8Array | null, object: unknown, context: RecordContext | undefined) {
    this.key = key
    this.value = value
    this.object = object
    this.topic = context === undefined ? '' : context.topic
    this.partition = context === undefined ? -1 : context.partition
    this.offset = context === undefined ? -1 : context.offset
    this.timestamp = context === undefined ? -1 : context.timestamp
    this.#headers = context?.headers
    this.#record = context?.current
    this.dirty = context !== undefined
    this.bytes = entryBytes(this)
  }

  /** Those of the record as they are now: a later sibling may add some to the record before the flush. */
  get headers(): Headers | undefined {
    return this.#record === undefined ? this.#headers : this.#record.headersIfAny
  }

  set headers(headers: Headers | undefined) {
    this.#headers = headers
  }

  /** The record is processed to its end: its headers stay as they are, and it must not be kept alive from here. */
  settle(): void {
    if (this.#record === undefined) return
    this.#headers = this.#record.headersIfAny
    this.#record = undefined
  }

  /** Flushed: it stays for reading. */
  clean(): void {
    this.settle()
    this.dirty = false
  }

  /** Whether both were put while the same input record was processed. */
  sharesInput(other: CacheEntry): boolean {
    return this.offset === other.offset && this.partition === other.partition && this.topic === other.topic
  }
}

/** Kafka Streams' estimate: key, three references, dirty flag, value, context. */
function entryBytes(entry: CacheEntry): number {
  return entry.key.length + 24 + 1 + (entry.value?.length ?? 0) + contextBytes(entry)
}

export class StoreCache {
  readonly #budget: RecordCacheBudget
  readonly #write: (entry: CacheEntry) => void
  readonly #entries = new LRUCache<string, CacheEntry>({ maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 })
  readonly #dirty = new Map<string, CacheEntry>()
  readonly #index: KeyIndex = new KeyIndex(() => this.#entries.keys())
  /** Put since the input record that is being processed began. */
  #unsettled: CacheEntry[] = []
  #bytes = 0

  /** @param write takes a flushed entry: to the store, the changelog and downstream */
  constructor(budget: RecordCacheBudget, write: (entry: CacheEntry) => void) {
    this.#budget = budget
    this.#write = write
    budget.register(this, () => this.#evict())
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key)
  }

  put(entry: CacheEntry): void {
    const { key } = entry
    const before = this.#entries.peek(key)
    if (before !== undefined) this.#bytes -= before.bytes
    else this.#index.added(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    if (entry.dirty) {
      this.#settleBefore(entry)
      this.#dirty.delete(key)
      this.#dirty.set(key, entry)
    }
    this.#budget.resize(this, this.#bytes)
    this.#budget.makeRoom(this)
  }

  /** Entries within [from, to), deletions as null. Walking touches them, as in Kafka Streams. */
  range(from: string | undefined, to: string | undefined, reverse: boolean): [string, Uint8Array | null][] {
    if (this.#entries.size === 0) return []
    const found: [string, Uint8Array | null][] = []
    for (const key of this.#index.snapshot(from, to, reverse)) {
      const entry = this.#entries.get(key)
      if (entry !== undefined) found.push([key, entry.value])
    }
    return found
  }

  flush(): void {
    this.#flush(undefined)
  }

  clear(): void {
    this.#entries.clear()
    this.#dirty.clear()
    this.#index.cleared()
    this.#unsettled = []
    this.#bytes = 0
    this.#budget.resize(this, 0)
  }

  close(): void {
    this.clear()
    this.#budget.unregister(this)
  }

  /** Entries hold their records only while their input is processed: else a full cache keeps as many records alive. */
  #settleBefore(entry: CacheEntry): void {
    const [first] = this.#unsettled
    if (first !== undefined && !first.sharesInput(entry)) {
      for (const settled of this.#unsettled) settled.settle()
      this.#unsettled.length = 0
    }
    this.#unsettled.push(entry)
  }

  #flush(evicted: CacheEntry | undefined): void {
    if (this.#dirty.size === 0) return
    const entries: CacheEntry[] = []
    if (evicted !== undefined) {
      entries.push(evicted)
      this.#dirty.delete(evicted.key)
    }
    for (const entry of this.#dirty.values()) {
      entry.clean()
      entries.push(entry)
    }
    // Before anything is written: what is forwarded may come back and put into this cache.
    this.#dirty.clear()
    for (const entry of entries) this.#write(entry)
    for (const entry of entries) if (entry !== evicted && entry.value === null) this.#remove(entry.key)
  }

  #evict(): void {
    const eldest = this.#entries.pop()
    if (eldest === undefined) return
    this.#bytes -= eldest.bytes
    this.#index.removed(eldest.key)
    this.#budget.resize(this, this.#bytes)
    if (eldest.dirty) this.#flush(eldest)
  }

  #remove(key: string): void {
    const entry = this.#entries.peek(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#dirty.delete(key)
    this.#index.removed(key)
    this.#bytes -= entry.bytes
    this.#budget.resize(this, this.#bytes)
  }
}
