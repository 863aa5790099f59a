/**
 * One store's part of the record cache (law 5): Kafka Streams' NamedCache. It joins updates of one key between flushes,
 * and so decides which intermediate results are forwarded and logged: its sizes, orders and evictions are visible.
 *
 * Entries are flushed in the order in which they were dirtied last. Evicting a dirty entry flushes all dirty ones, the
 * evicted first. The store that owns it writes and forwards what is flushed. An entry is a number (`cache-entries.ts`).
 */

import type { Headers } from '../record/headers.ts'
import { contextBytes } from './buffer-value.ts'
import { CacheEntries } from './cache-entries.ts'
import { KeyGroups } from './key-groups.ts'
import { KeyIndex } from './key-index.ts'
import { hashOfString } from './offheap/key-hash.ts'
import { SlotTable } from './offheap/slot-table.ts'
import type { RecordCacheBudget, RecordCacheShare, RecordContext } from './state-store.ts'

/** The store whose entries these are. */
export interface CacheOwner {
  /** Takes a flushed entry: to the store, the changelog and downstream. The record context is the entry's meanwhile. */
  flushed(entry: number): void
  /** Serialises an entry's object and time. */
  serialised(entry: number): Uint8Array
}

/** Kafka Streams' estimate: three references and the dirty flag. */
const ENTRY_BYTES = 24 + 1
/** A context that says nothing, as that of an entry which was only read. */
const NO_CONTEXT_BYTES = 20

const NONE: readonly number[] = Object.freeze([])

export class StoreCache {
  readonly entries: CacheEntries = new CacheEntries()
  readonly #owner: CacheOwner
  readonly #context: RecordContext
  readonly #share: RecordCacheShare
  readonly #slots = new SlotTable()
  readonly #index: KeyIndex = new KeyIndex(() => this.#keys())
  readonly #groups: KeyGroups<number> = new KeyGroups(
    () => this.#byAge(),
    (entry) => this.entries.keys[entry],
  )
  #eldest = 0
  #youngest = 0
  #firstDirty = 0
  #lastDirty = 0
  /** What was looked up last, 0 if it was not there: a read is followed by a write of the same key. */
  #lastKey: string | undefined
  #lastHash = 0
  #last = 0
  /** Put since the input record that is being processed began, and the records their headers come from. */
  readonly #unsettled: number[] = []
  readonly #unsettledRecords: RecordContext['current'][] = []
  #bytes = 0
  /** Counts flushes: what waits for an earlier one is being flushed, and stays as it is until it is written. */
  #round = 1
  /** Flushes under way, one within the other, and what left meanwhile: they may still be at work with it. */
  #flushing = 0
  readonly #leaving: number[] = []

  /** @param context the record being processed; while entries are flushed it is theirs in turn */
  constructor(budget: RecordCacheBudget, context: RecordContext, owner: CacheOwner) {
    this.#owner = owner
    this.#context = context
    this.#share = budget.share(() => this.#evict())
  }

  /** The key's entry, until the next put; 0: there is none. @param hash `hashOfString` of the key */
  get(key: string, hash: number = this.#hashOf(key)): number {
    const entry = this.#find(key, hash)
    if (entry !== 0) this.#touch(entry)
    return entry
  }

  /** Keeps what was read from the store. */
  add(key: string, value: Uint8Array | undefined, object: unknown, time: number, valueBytes: number): void {
    const entry = this.#write(key, value, object, time)
    const bytes = key.length + ENTRY_BYTES + valueBytes + NO_CONTEXT_BYTES
    this.entries.bytes[entry] = bytes
    this.#grown(bytes)
  }

  /**
   * Puts a value that the record being processed made.
   *
   * @param value serialised, null for a deletion, undefined where `object` and `time` say it all
   * @param valueBytes its length, serialised
   */
  put(key: string, value: Uint8Array | null | undefined, object: unknown, time: number, valueBytes: number): void {
    const { entries } = this
    const entry = this.#write(key, value, object, time)
    const context = this.#context
    const { length } = this.#unsettled
    if (length > 0 && !entries.isOf(this.#unsettled[0], context)) this.#settle()
    entries.putContext(entry, context, context.headers)
    this.#unsettled.push(entry)
    entries.unsettled[entry]++
    this.#unsettledRecords.push(context.current)
    const before = entries.bytes[entry]
    const bytes = key.length + ENTRY_BYTES + valueBytes + contextBytes(context)
    entries.bytes[entry] = bytes
    this.#dirtied(entry)
    this.#grown(bytes - before)
  }

  /** Entries within [from, to), deletions as null. Walking touches them, as in Kafka Streams. */
  range(from: string | undefined, to: string | undefined, reverse: boolean): [string, Uint8Array | null][] {
    if (this.#slots.size === 0) return []
    const found: [string, Uint8Array | null][] = []
    for (const key of this.#index.snapshot(from, to, reverse)) {
      const entry = this.get(key)
      if (entry !== 0) found.push([key, this.#valueOf(entry)])
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
  ): readonly number[] {
    if (this.#slots.size === 0) return NONE
    const found = this.#groups.find(segment, key, first, last, suffixBytes)
    if (reverse) for (let index = found.length - 1; index >= 0; index--) this.#touch(found[index])
    else this.#touchInTurn(found)
    return found
  }

  flush(): void {
    this.#flush(0)
  }

  clear(): void {
    this.entries.clear()
    this.#slots.clear()
    this.#eldest = 0
    this.#youngest = 0
    this.#firstDirty = 0
    this.#lastDirty = 0
    this.#lastKey = undefined
    this.#leaving.length = 0
    this.#index.cleared()
    this.#groups.cleared()
    this.#unsettled.length = 0
    this.#unsettledRecords.length = 0
    this.#bytes = 0
    this.#share.resize(0)
  }

  close(): void {
    this.clear()
    this.#share.close()
  }

  #hashOf(key: string): number {
    return key === this.#lastKey ? this.#lastHash : hashOfString(key)
  }

  #find(key: string, hash: number): number {
    if (key === this.#lastKey) return this.#last
    const part = this.#slots.part(hash)
    let at = SlotTable.home(part, hash)
    let entry = part[at + 1]
    while (entry !== 0 && !(part[at] === hash && this.entries.keys[entry] === key)) {
      at = SlotTable.next(part, at)
      entry = part[at + 1]
    }
    this.#lastKey = key
    this.#lastHash = hash
    this.#last = entry
    return entry
  }

  /** The key's entry with this value, as the youngest; a new one if there is none that may be changed. */
  #write(key: string, value: Uint8Array | null | undefined, object: unknown, time: number): number {
    const { entries } = this
    const hash = this.#hashOf(key)
    let entry = this.#find(key, hash)
    if (entry === 0) {
      entry = this.#insert(key, hash)
      this.#index.added(key)
      this.#groups.added(entry)
    } else if (entries.rounds[entry] !== 0 && entries.rounds[entry] !== this.#round) {
      // A flush holds on to this one: what it forwarded came back and put the key again.
      const bytes = entries.bytes[entry]
      this.#removeSlot(entry)
      this.#unlink(entry, entry)
      this.#groups.removed(entry)
      this.#leaving.push(entry)
      entry = this.#insert(key, hash)
      this.#groups.added(entry)
      entries.bytes[entry] = bytes
    } else this.#touch(entry)
    entries.values[entry] = value
    entries.objects[entry] = object
    entries.times[entry] = time
    return entry
  }

  #insert(key: string, hash: number): number {
    const entry = this.entries.add(key, hash)
    const part = this.#slots.part(hash)
    let at = SlotTable.home(part, hash)
    while (part[at + 1] !== 0) at = SlotTable.next(part, at)
    this.#slots.add(part, at, hash, entry)
    this.#link(entry, entry)
    this.#lastKey = key
    this.#lastHash = hash
    this.#last = entry
    return entry
  }

  #removeSlot(entry: number): void {
    const part = this.#slots.part(this.entries.hashes[entry])
    let at = SlotTable.home(part, this.entries.hashes[entry])
    while (part[at + 1] !== entry) at = SlotTable.next(part, at)
    this.#slots.remove(part, at)
  }

  #grown(bytes: number): void {
    this.#bytes += bytes
    this.#share.resize(this.#bytes)
    this.#share.makeRoom()
  }

  /** Entries hold their records only while their input is processed: else a full cache keeps as many records alive. */
  #settle(): void {
    for (let index = 0; index < this.#unsettled.length; index++) {
      const entry = this.#unsettled[index]
      const record = this.#unsettledRecords[index]
      this.entries.unsettled[entry] = 0
      // As they are now: a later sibling may have added some to the record.
      if (record !== undefined) this.entries.headers[entry] = record.headersIfAny
    }
    this.#unsettled.length = 0
    this.#unsettledRecords.length = 0
  }

  /** @param evicted an entry that has left to make room; 0: none */
  #flush(evicted: number): void {
    if (this.#firstDirty === 0) return
    const { entries } = this
    if (evicted !== 0) this.#cleaned(evicted)
    // Before anything is written: what is forwarded may come back and put into this cache.
    const first = this.#firstDirty
    this.#firstDirty = 0
    this.#lastDirty = 0
    this.#round++
    this.#settle()
    const deleted: string[] = []
    const context = this.#context
    const { topic, partition, offset, timestamp, headers } = context
    this.#flushing++
    try {
      if (evicted !== 0) this.#writeBack(evicted)
      for (let entry = first; entry !== 0; ) {
        const next = entries.dirtyAfter[entry]
        if (entries.values[entry] === null) deleted.push(entries.keys[entry])
        entries.rounds[entry] = 0
        entries.dirtyBefore[entry] = 0
        entries.dirtyAfter[entry] = 0
        this.#writeBack(entry)
        entry = next
      }
    } finally {
      setContext(context, topic, partition, offset, timestamp, headers)
      this.#flushing--
    }
    for (const key of deleted) this.#remove(key)
    if (this.#flushing === 0 && this.#leaving.length > 0) {
      for (const entry of this.#leaving) this.#release(entry)
      this.#leaving.length = 0
    }
  }

  #writeBack(entry: number): void {
    const { entries } = this
    const { topics, partitions, offsets, timestamps, headers, objects, values } = entries
    setContext(this.#context, topics[entry], partitions[entry], offsets[entry], timestamps[entry], headers[entry])
    this.#owner.flushed(entry)
    // Its bytes are the store's now. Kept here, a few of them would hold the slab of 64 KiB that they were allocated in.
    if (entries.rounds[entry] === 0 && objects[entry] !== undefined && values[entry] !== null) values[entry] = undefined
  }

  #valueOf(entry: number): Uint8Array | null {
    const { values } = this.entries
    const known = values[entry]
    if (known !== undefined) return known
    const value = this.#owner.serialised(entry)
    values[entry] = value
    return value
  }

  #evict(): void {
    const eldest = this.#eldest
    if (eldest === 0) return
    this.#drop(eldest)
    try {
      if (this.entries.rounds[eldest] === this.#round) this.#flush(eldest)
    } finally {
      this.#leaves(eldest)
    }
  }

  #remove(key: string): void {
    const entry = this.#find(key, this.#hashOf(key))
    if (entry === 0) return
    if (this.entries.rounds[entry] === this.#round) this.#cleaned(entry)
    this.#drop(entry)
    this.#leaves(entry)
  }

  /** Nobody finds it any more. */
  #drop(entry: number): void {
    const { entries } = this
    const key = entries.keys[entry]
    this.#removeSlot(entry)
    this.#unlink(entry, entry)
    if (this.#last === entry) this.#lastKey = undefined
    this.#index.removed(key)
    this.#groups.removed(entry)
    this.#bytes -= entries.bytes[entry]
    this.#share.resize(this.#bytes)
  }

  #leaves(entry: number): void {
    if (this.#flushing === 0) this.#release(entry)
    else this.#leaving.push(entry)
  }

  #release(entry: number): void {
    for (let left = this.entries.unsettled[entry]; left > 0; left--) {
      const at = this.#unsettled.lastIndexOf(entry)
      this.#unsettled.splice(at, 1)
      this.#unsettledRecords.splice(at, 1)
    }
    this.entries.release(entry)
  }

  *#keys(): Generator<string> {
    for (const entry of this.#byAge()) yield this.entries.keys[entry]
  }

  *#byAge(): Generator<number> {
    const { newer } = this.entries
    for (let entry = this.#eldest; entry !== 0; entry = newer[entry]) yield entry
  }

  #touch(entry: number): void {
    if (entry === this.#youngest) return
    this.#unlink(entry, entry)
    this.#link(entry, entry)
  }

  /** Touches these one after the other. Those that were last touched so are still neighbours, and move together. */
  #touchInTurn(entries: readonly number[]): void {
    const { newer } = this.entries
    for (let index = 0; index < entries.length; index++) {
      const first = entries[index]
      let last = first
      while (index + 1 < entries.length && newer[last] === entries[index + 1]) last = entries[++index]
      if (last === this.#youngest) continue
      this.#unlink(first, last)
      this.#link(first, last)
    }
  }

  /** Makes entries, neighbours from the first to the last, the youngest. */
  #link(first: number, last: number): void {
    const before = this.#youngest
    this.entries.older[first] = before
    if (before === 0) this.#eldest = first
    else this.entries.newer[before] = first
    this.#youngest = last
  }

  #unlink(first: number, last: number): void {
    const { older, newer } = this.entries
    const before = older[first]
    const after = newer[last]
    if (before === 0) this.#eldest = after
    else newer[before] = after
    if (after === 0) this.#youngest = before
    else older[after] = before
    older[first] = 0
    newer[last] = 0
  }

  #dirtied(entry: number): void {
    if (entry === this.#lastDirty) return
    const { rounds, dirtyBefore, dirtyAfter } = this.entries
    if (rounds[entry] === this.#round) this.#cleaned(entry)
    rounds[entry] = this.#round
    const before = this.#lastDirty
    dirtyBefore[entry] = before
    if (before === 0) this.#firstDirty = entry
    else dirtyAfter[before] = entry
    this.#lastDirty = entry
  }

  #cleaned(entry: number): void {
    const { rounds, dirtyBefore, dirtyAfter } = this.entries
    const before = dirtyBefore[entry]
    const after = dirtyAfter[entry]
    if (before === 0) this.#firstDirty = after
    else dirtyAfter[before] = after
    if (after === 0) this.#lastDirty = before
    else dirtyBefore[after] = before
    dirtyBefore[entry] = 0
    dirtyAfter[entry] = 0
    rounds[entry] = 0
  }
}

function setContext(
  context: RecordContext,
  topic: string | null,
  partition: number,
  offset: number,
  timestamp: number,
  headers: Headers | undefined,
): void {
  context.topic = topic
  context.partition = partition
  context.offset = offset
  context.timestamp = timestamp
  context.headers = headers
}
