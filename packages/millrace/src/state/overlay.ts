/**
 * Changes that are not committed yet, above a byte store that holds committed state only (law 6). Reads and ranges merge
 * both; a commit writes all of it in one batch with the changelog offset; a rollback forgets it.
 *
 * What a large commit writes may be written in slices beforehand, once the log has it, under the offset of before: the overlay
 * hides it until the commit itself, and after a crash the changelog brings it again.
 *
 * A range may be walked while the overlay is written: it gives what was there when it was asked for. It is over at the
 * next commit.
 */

import type { ByteStore, ByteStringAccess } from './byte-store.ts'
import { fromBytes, int64String, toBytes } from './byte-string.ts'
import { ChangeJournal } from './change-journal.ts'
import { KeyGroups, SEGMENT_BYTES } from './key-groups.ts'
import { KeyIndex } from './key-index.ts'
import { type Entry, mergeRanges } from './merge-ranges.ts'
import { hashOfString } from './offheap/key-hash.ts'
import { asBuffer } from './stored-format.ts'
import type { ValueView } from './value-view.ts'

/** Of a store that does not say how much it writes in some milliseconds. */
const SLICE_OF_WRITE = 8_192

export class Overlay {
  readonly #store: ByteStore
  readonly #strings: ByteStringAccess | undefined
  readonly #changes: ChangeJournal
  readonly #index: KeyIndex = new KeyIndex(() => this.#changes.keys(true))
  /** Of all keys where all of the store is in memory, else of those that changed. */
  readonly #groups: KeyGroups<string> = new KeyGroups(() => this.#groupedKeys(), itself)
  readonly #groupsAll: boolean
  #expired: [from: string, to: string][] = []
  /** What was looked up last: a read is followed by a write of the same key. */
  #lastKey = ''
  #lastHash = hashOfString('')

  constructor(store: ByteStore) {
    this.#store = store
    this.#strings = store.strings
    this.#groupsAll = store.strings?.keys !== undefined
    this.#changes = new ChangeJournal(store.sliceOfWrite ?? SLICE_OF_WRITE)
  }

  /** Bytes of keys and values waiting for the commit. */
  get bytes(): number {
    return this.#changes.bytes
  }

  /** Undefined: there is no value. */
  get(key: string): Uint8Array | undefined {
    if (this.#changes.size > 0) {
      const reference = this.#changes.find(key, this.#hashOf(key))
      if (reference !== 0) return this.#changes.value(reference) ?? undefined
    }
    return this.#strings === undefined ? this.#store.get(toBytes(key)) : this.#strings.getString(key)
  }

  /** Shows a value where it lies, until the next change or commit; false: there is none. @param hash `hashOfString` of the key */
  view(key: string, view: ValueView, hash: number = this.#hashOf(key)): boolean {
    if (this.#changes.size > 0) {
      const reference = this.#changes.find(key, hash)
      if (reference !== 0) return this.#changes.view(reference, view)
    }
    if (this.#strings?.viewString !== undefined) return this.#strings.viewString(key, hash, view)
    const value = this.#strings === undefined ? this.#store.get(toBytes(key)) : this.#strings.getString(key)
    if (value === undefined) return false
    view.bytes = asBuffer(value)
    view.start = 0
    view.end = value.length
    return true
  }

  /**
   * Null deletes. The array is copied.
   *
   * @param hash `hashOfString` of the key
   * @param of of a window's key: its segment and the key itself, where they are at hand
   */
  put(
    key: string,
    value: Uint8Array | null,
    hash: number = this.#hashOf(key),
    of?: readonly [segment: string, key: string],
  ): void {
    const appeared = this.#changes.put(key, hash, value)
    if (appeared) this.#index.added(key)
    if (!this.#groups.built) return
    if (value === null && this.#groupsAll) this.#groups.removed(key)
    else if (appeared) this.#groups.added(key, of)
  }

  /** Drops keys within [from, to) at the commit: state that its view hides already. */
  expire(from: string, to: string): void {
    this.#expired.push([from, to])
  }

  /** Entries within [from, to) in key order. */
  range(from: string | undefined, to: string | undefined, reverse: boolean): Iterable<Entry> {
    if (this.#changes.size === 0) return this.#committed(from, to, reverse)
    const above: [string, Uint8Array | null][] = []
    for (const key of this.#index.range(from, to, reverse)) above.push([key, this.#changed(key)])
    const below = this.#committed(from, to, reverse)
    return above.length === 0 ? below : mergeRanges(above, below, reverse)
  }

  /** The first key within [from, to). */
  firstKey(from: string | undefined, to: string | undefined): string | undefined {
    const below = this.#committed(from, to, false)[Symbol.iterator]()
    let next = below.next()
    if (this.#changes.size > 0) {
      for (const key of this.#index.range(from, to, false)) {
        if (!next.done && next.value[0] < key) break
        const same = !next.done && next.value[0] === key
        if (!this.#changes.deletes(this.#changes.find(key, hashOfString(key)))) return key
        if (same) next = below.next()
      }
    }
    return next.done ? undefined : next.value[0]
  }

  /**
   * One key's entries in a segment, `segment || key || time || rest`, with a time (8 bytes) within [first, last], ascending. What
   * else is between those keys, longer ones, is left out. Where all of the store is in memory it needs no order of all keys.
   *
   * @param suffixBytes of time and rest: the same at every call
   */
  findTimes(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly Entry[] {
    if (this.#groupsAll) {
      const found: Entry[] = []
      for (const at of this.#groups.find(segment, key, first, last, suffixBytes)) {
        const value = this.get(at)
        if (value !== undefined) found.push([at, value])
      }
      return found
    }
    const below = this.#committedTimes(segment, key, first, last, suffixBytes)
    if (this.#changes.size === 0) return below
    const keys = this.#groups.find(segment, key, first, last, suffixBytes)
    if (keys.length === 0) return below
    const above = keys.map((at) => [at, this.#changed(at)] as const)
    return [...mergeRanges(above, below, false)]
  }

  /**
   * Writes some of what the next commit is to write. Only once the log has it all: what is written so is not rolled back.
   *
   * @returns false if what is left is for the commit
   */
  commitSlice(): boolean {
    if (this.#changes.unwritten <= 1) return false
    this.#write(1, this.#store.changelogOffset())
    return true
  }

  commit(changelogOffset: number | undefined): void {
    const before = this.#store.changelogOffset()
    const offset = changelogOffset ?? before
    if (this.#changes.size > 0) this.#write(this.#changes.unwritten, offset)
    else if (offset !== before) this.#store.write([], offset)
    const expired = this.#expired
    this.#settleGroups()
    this.#forget()
    for (const [from, to] of expired) this.#store.deleteRange(toBytes(from), toBytes(to))
  }

  rollback(): void {
    if (this.#groupsAll) this.#groups.forget()
    this.#forget()
  }

  approximateEntries(): number {
    return this.#store.approximateEntries() + this.#changes.size
  }

  /** Writes so many batches, without what is to be dropped behind them. Only the last brings the offset. */
  #write(batches: number, offset: number | undefined): void {
    const changes = this.#changes
    if (this.#strings?.writeBatch !== undefined) {
      for (let left = batches; left > 0; left--) {
        this.#strings.writeBatch(changes.nextBatch(this.#expired), left === 1 ? offset : this.#store.changelogOffset())
        changes.wrote(1)
      }
      return
    }
    const next = changes.nextChanges(batches, this.#expired)
    if (this.#strings !== undefined) this.#strings.writeStrings(next, offset)
    else this.#store.write(asBytes(next), offset)
    changes.wrote(batches)
  }

  #changed(key: string): Uint8Array | null {
    return this.#changes.value(this.#changes.find(key, hashOfString(key)))
  }

  #hashOf(key: string): number {
    if (key === this.#lastKey) return this.#lastHash
    this.#lastKey = key
    this.#lastHash = hashOfString(key)
    return this.#lastHash
  }

  #committed(from: string | undefined, to: string | undefined, reverse: boolean): Iterable<Entry> {
    if (this.#strings !== undefined) return this.#strings.rangeStrings(from, to, reverse)
    return asStrings(
      this.#store.range({
        from: from === undefined ? undefined : toBytes(from),
        to: to === undefined ? undefined : toBytes(to),
        reverse,
      }),
    )
  }

  #committedTimes(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly Entry[] {
    const prefix = segment + key
    const found: Entry[] = []
    const to = prefix + int64String(last + 1)
    for (const entry of this.#committed(prefix + int64String(first), to, false)) {
      // A longer key may lie between the bounds too, its own bytes looking like a time.
      if (entry[0].length === prefix.length + suffixBytes && entry[0].startsWith(prefix)) found.push(entry)
    }
    return found
  }

  *#groupedKeys(): Generator<string> {
    yield* this.#changes.keys(!this.#groupsAll)
    if (!this.#groupsAll) return
    for (const key of this.#strings?.keys?.() ?? []) {
      const reference = this.#changes.size === 0 ? 0 : this.#changes.find(key, hashOfString(key))
      if (reference === 0) yield key
    }
  }

  /** What is committed is in the groups already, or out of them, but for what is dropped. */
  #settleGroups(): void {
    if (!this.#groupsAll || !this.#groups.built) return
    for (const [from, to] of this.#expired) {
      if (from.length === SEGMENT_BYTES && to.length === SEGMENT_BYTES) this.#groups.dropSegments(from, to)
      else this.#groups.forget()
    }
  }

  #forget(): void {
    this.#changes.forget()
    this.#index.cleared()
    if (!this.#groupsAll) this.#groups.cleared()
    this.#expired = []
  }
}

function itself(key: string): string {
  return key
}

function* asBytes(changes: Iterable<readonly [string, Uint8Array | null]>): Generator<[Uint8Array, Uint8Array | null]> {
  for (const [key, value] of changes) yield [toBytes(key), value]
}

function* asStrings(entries: Iterable<readonly [Uint8Array, Uint8Array]>): Generator<Entry> {
  for (const [key, value] of entries) yield [fromBytes(key), value]
}
