/**
 * One store's part of the record cache (law 5): Kafka Streams' NamedCache. It joins updates of one key between flushes,
 * and so decides which intermediate results are forwarded and logged: its sizes, orders and evictions are visible.
 *
 * Entries are flushed in the order in which they were dirtied last. Evicting a dirty entry flushes all dirty ones, the
 * evicted first. The store that owns it writes and forwards what is flushed.
 */

import { CacheEntry } from './cache-entry.ts'
import { KeyGroups } from './key-groups.ts'
import { KeyIndex } from './key-index.ts'
import type { RecordCacheBudget, RecordCacheShare, RecordContext } from './state-store.ts'

/** The store whose entries these are. */
export interface CacheOwner {
  /** Takes a flushed entry: to the store, the changelog and downstream. The record context is the entry's meanwhile. */
  flushed(entry: CacheEntry): void
  /** Serialises an entry's `object` and `time`. */
  serialised(entry: CacheEntry): Uint8Array
}

const NONE: readonly CacheEntry[] = Object.freeze([])

export class StoreCache {
  readonly #owner: CacheOwner
  readonly #context: RecordContext
  readonly #share: RecordCacheShare
  readonly #entries = new Map<string, CacheEntry>()
  readonly #index: KeyIndex = new KeyIndex(() => this.#entries.keys())
  readonly #groups: KeyGroups = new KeyGroups(() => this.#entries.keys())
  #eldest: CacheEntry | undefined
  #youngest: CacheEntry | undefined
  #firstDirty: CacheEntry | undefined
  #lastDirty: CacheEntry | undefined
  /** The one looked up last: a read is followed by a write of the same key. */
  #last: CacheEntry | undefined
  /** Put since the input record that is being processed began. */
  readonly #unsettled: CacheEntry[] = []
  #bytes = 0
  /** Counts flushes: what waits for an earlier one is being flushed, and stays as it is until it is written. */
  #round = 1

  /** @param context the record being processed; while entries are flushed it is theirs in turn */
  constructor(budget: RecordCacheBudget, context: RecordContext, owner: CacheOwner) {
    this.#owner = owner
    this.#context = context
    this.#share = budget.share(() => this.#evict())
  }

  get(key: string): CacheEntry | undefined {
    const entry = this.#find(key)
    if (entry !== undefined) this.#touch(entry)
    return entry
  }

  /** Keeps what was read from the store. */
  add(key: string, value: Uint8Array | undefined, object: unknown, time: number, valueBytes: number): void {
    const entry = this.#write(key, value, object, time)
    entry.weigh(valueBytes)
    this.#grown(entry.bytes)
  }

  /**
   * Puts a value that the record being processed made.
   *
   * @param value serialised, null for a deletion, undefined where `object` and `time` say it all
   * @param valueBytes its length, serialised
   */
  put(key: string, value: Uint8Array | null | undefined, object: unknown, time: number, valueBytes: number): void {
    const entry = this.#write(key, value, object, time)
    const before = entry.bytes
    const context = this.#context
    const { length } = this.#unsettled
    if (length > 0 && !this.#unsettled[0].isOf(context)) this.#settle()
    entry.put(context, valueBytes)
    this.#unsettled.push(entry)
    this.#dirtied(entry)
    this.#grown(entry.bytes - before)
  }

  /** Entries within [from, to), deletions as null. Walking touches them, as in Kafka Streams. */
  range(from: string | undefined, to: string | undefined, reverse: boolean): [string, Uint8Array | null][] {
    if (this.#entries.size === 0) return []
    const found: [string, Uint8Array | null][] = []
    for (const key of this.#index.snapshot(from, to, reverse)) {
      const entry = this.get(key)
      if (entry !== undefined) found.push([key, this.#valueOf(entry)])
    }
    return found
  }

  /** One key's entries in a segment with a time within [first, last], ascending, deletions too. Touches them in turn. */
  findTimes(
    segment: string,
    key: string,
    first: number,
    last: number,
    suffixBytes: number,
    reverse: boolean,
  ): readonly CacheEntry[] {
    if (this.#entries.size === 0) return NONE
    const keys = this.#groups.find(segment, key, first, last, suffixBytes)
    if (keys.length === 0) return NONE
    const entries = keys.map((at) => this.#entries.get(at) as CacheEntry)
    if (reverse) for (let index = entries.length - 1; index >= 0; index--) this.#touch(entries[index])
    else for (const entry of entries) this.#touch(entry)
    return entries
  }

  flush(): void {
    this.#flush(undefined)
  }

  clear(): void {
    this.#entries.clear()
    this.#eldest = undefined
    this.#youngest = undefined
    this.#firstDirty = undefined
    this.#lastDirty = undefined
    this.#last = undefined
    this.#index.cleared()
    this.#groups.cleared()
    this.#unsettled.length = 0
    this.#bytes = 0
    this.#share.resize(0)
  }

  close(): void {
    this.clear()
    this.#share.close()
  }

  #find(key: string): CacheEntry | undefined {
    const last = this.#last
    if (last !== undefined && last.key === key) return last
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#last = entry
    return entry
  }

  /** The key's entry with this value, as the youngest; a new one if there is none that may be changed. */
  #write(key: string, value: Uint8Array | null | undefined, object: unknown, time: number): CacheEntry {
    let entry = this.#find(key)
    if (entry === undefined) {
      entry = this.#insert(key)
      this.#index.added(key)
      this.#groups.added(key)
    } else if (entry.round !== 0 && entry.round !== this.#round) {
      // A flush holds on to this one: what it forwarded came back and put the key again.
      this.#unlink(entry)
      const { bytes } = entry
      entry = this.#insert(key)
      entry.bytes = bytes
    } else this.#touch(entry)
    entry.value = value
    entry.object = object
    entry.time = time
    return entry
  }

  #insert(key: string): CacheEntry {
    const entry = new CacheEntry(key)
    this.#entries.set(key, entry)
    this.#link(entry)
    this.#last = entry
    return entry
  }

  #grown(bytes: number): void {
    this.#bytes += bytes
    this.#share.resize(this.#bytes)
    this.#share.makeRoom()
  }

  /** Entries hold their records only while their input is processed: else a full cache keeps as many records alive. */
  #settle(): void {
    for (const entry of this.#unsettled) entry.settle()
    this.#unsettled.length = 0
  }

  #flush(evicted: CacheEntry | undefined): void {
    if (this.#firstDirty === undefined) return
    if (evicted !== undefined) this.#cleaned(evicted)
    // Before anything is written: what is forwarded may come back and put into this cache.
    const first = this.#firstDirty
    this.#firstDirty = undefined
    this.#lastDirty = undefined
    this.#round++
    this.#settle()
    const deleted: string[] = []
    const context = this.#context
    const { topic, partition, offset, timestamp, headers } = context
    try {
      if (evicted !== undefined) this.#writeBack(evicted)
      for (let entry: CacheEntry | undefined = first; entry !== undefined; ) {
        const next: CacheEntry | undefined = entry.dirtyAfter
        if (entry.value === null) deleted.push(entry.key)
        entry.round = 0
        entry.dirtyBefore = undefined
        entry.dirtyAfter = undefined
        this.#writeBack(entry)
        entry = next
      }
    } finally {
      setContext(context, topic, partition, offset, timestamp, headers)
    }
    for (const key of deleted) this.#remove(key)
  }

  #writeBack(entry: CacheEntry): void {
    setContext(this.#context, entry.topic, entry.partition, entry.offset, entry.timestamp, entry.headers)
    this.#owner.flushed(entry)
    // Its bytes are the store's now. Kept here, a few of them would hold the slab of 64 KiB that they were allocated in.
    if (entry.round === 0 && entry.object !== undefined && entry.value !== null) entry.value = undefined
  }

  #valueOf(entry: CacheEntry): Uint8Array | null {
    if (entry.value === undefined) entry.value = this.#owner.serialised(entry)
    return entry.value
  }

  #evict(): void {
    const eldest = this.#eldest
    if (eldest === undefined) return
    this.#drop(eldest)
    if (eldest.round === this.#round) this.#flush(eldest)
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (entry.round === this.#round) this.#cleaned(entry)
    this.#drop(entry)
  }

  #drop(entry: CacheEntry): void {
    this.#entries.delete(entry.key)
    this.#unlink(entry)
    if (this.#last === entry) this.#last = undefined
    this.#index.removed(entry.key)
    this.#groups.removed(entry.key)
    this.#bytes -= entry.bytes
    this.#share.resize(this.#bytes)
  }

  #touch(entry: CacheEntry): void {
    if (entry === this.#youngest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  #link(entry: CacheEntry): void {
    const before = this.#youngest
    entry.older = before
    if (before === undefined) this.#eldest = entry
    else before.newer = entry
    this.#youngest = entry
  }

  #unlink(entry: CacheEntry): void {
    const { older, newer } = entry
    if (older === undefined) this.#eldest = newer
    else older.newer = newer
    if (newer === undefined) this.#youngest = older
    else newer.older = older
    entry.older = undefined
    entry.newer = undefined
  }

  #dirtied(entry: CacheEntry): void {
    if (entry === this.#lastDirty) return
    if (entry.round === this.#round) this.#cleaned(entry)
    entry.round = this.#round
    const before = this.#lastDirty
    entry.dirtyBefore = before
    if (before === undefined) this.#firstDirty = entry
    else before.dirtyAfter = entry
    this.#lastDirty = entry
  }

  #cleaned(entry: CacheEntry): void {
    const { dirtyBefore, dirtyAfter } = entry
    if (dirtyBefore === undefined) this.#firstDirty = dirtyAfter
    else dirtyBefore.dirtyAfter = dirtyAfter
    if (dirtyAfter === undefined) this.#lastDirty = dirtyBefore
    else dirtyAfter.dirtyBefore = dirtyBefore
    entry.dirtyBefore = undefined
    entry.dirtyAfter = undefined
    entry.round = 0
  }
}

function setContext(
  context: RecordContext,
  topic: string | null,
  partition: number,
  offset: number,
  timestamp: number,
  headers: RecordContext['headers'],
): void {
  context.topic = topic
  context.partition = partition
  context.offset = offset
  context.timestamp = timestamp
  context.headers = headers
}
