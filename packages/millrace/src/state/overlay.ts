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
import { KeyGroups } from './key-groups.ts'
import { KeyIndex } from './key-index.ts'
import { type Entry, mergeRanges } from './merge-ranges.ts'

/** Of a store that does not say how much it writes in some milliseconds. */
const SLICE_OF_WRITE = 8_192

export class Overlay {
  readonly #store: ByteStore
  readonly #strings: ByteStringAccess | undefined
  readonly #changes = new Map<string, Uint8Array | null>()
  readonly #index: KeyIndex = new KeyIndex(() => this.#changes.keys())
  readonly #groups: KeyGroups = new KeyGroups(() => this.#changes.keys())
  #expired: [from: string, to: string][] = []
  #bytes = 0
  /** The changes not yet written in slices; undefined: no slice is. */
  #unwritten: Iterator<[string, Uint8Array | null]> | undefined
  #written = 0
  /** What was looked up last: a read is followed by a write of the same key. */
  #lastKey: string | undefined
  #lastChange: Uint8Array | null | undefined

  constructor(store: ByteStore) {
    this.#store = store
    this.#strings = store.strings
  }

  /** Bytes of keys and values waiting for the commit. */
  get bytes(): number {
    return this.#bytes
  }

  /** Undefined: there is no value. */
  get(key: string): Uint8Array | undefined {
    const changed = this.#changes.get(key)
    this.#lastKey = key
    this.#lastChange = changed
    if (changed !== undefined) return changed === null ? undefined : changed
    return this.#strings === undefined ? this.#store.get(toBytes(key)) : this.#strings.getString(key)
  }

  /**
   * Null deletes. The array is kept, not copied.
   *
   * @param of of a window's key: its segment and the key itself, where they are at hand
   */
  put(key: string, value: Uint8Array | null, of?: readonly [segment: string, key: string]): void {
    if (this.#unwritten !== undefined) this.#writeAnew()
    const before = key === this.#lastKey ? this.#lastChange : this.#changes.get(key)
    if (before === undefined) {
      this.#bytes += key.length
      this.#index.added(key)
      this.#groups.added(key, of)
    } else if (before !== null) this.#bytes -= before.length
    if (value !== null) this.#bytes += value.length
    this.#changes.set(key, value)
    this.#lastKey = key
    this.#lastChange = value
  }

  /** Drops keys within [from, to) at the commit: state that its view hides already. */
  expire(from: string, to: string): void {
    this.#expired.push([from, to])
  }

  /** Entries within [from, to) in key order. */
  range(from: string | undefined, to: string | undefined, reverse: boolean): Iterable<Entry> {
    if (this.#changes.size === 0) return this.#committed(from, to, reverse)
    const above: [string, Uint8Array | null][] = []
    for (const key of this.#index.range(from, to, reverse))
      above.push([key, this.#changes.get(key) as Uint8Array | null])
    const below = this.#committed(from, to, reverse)
    return above.length === 0 ? below : mergeRanges(above, below, reverse)
  }

  /** One key's entries in a segment with a time within [first, last], ascending: see `ByteStringAccess.findTimes`. */
  findTimes(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly Entry[] {
    const below = this.#committedTimes(segment, key, first, last, suffixBytes)
    if (this.#changes.size === 0) return below
    const keys = this.#groups.find(segment, key, first, last, suffixBytes)
    if (keys.length === 0) return below
    const above = keys.map((at) => [at, this.#changes.get(at) as Uint8Array | null] as const)
    return [...mergeRanges(above, below, false)]
  }

  /**
   * Writes some of what the next commit is to write. Only once the log has it all: what is written so is not rolled back.
   *
   * @returns false if what is left is for the commit
   */
  commitSlice(): boolean {
    const most = this.#store.sliceOfWrite ?? SLICE_OF_WRITE
    if (this.#changes.size - this.#written <= most) return false
    this.#unwritten ??= this.#changes.entries()
    this.#write(next(this.#unwritten, most), this.#store.changelogOffset())
    this.#written += most
    return true
  }

  commit(changelogOffset: number | undefined): void {
    const offset = changelogOffset ?? this.#store.changelogOffset()
    const expired = this.#expired
    for (const [from, to] of expired) this.#forgetRange(from, to)
    if (this.#changes.size > 0 || offset !== this.#store.changelogOffset()) {
      const { size } = this.#changes
      this.#write(this.#unwritten === undefined ? this.#changes : next(this.#unwritten, size), offset)
    }
    this.#forget()
    for (const [from, to] of expired) this.#store.deleteRange(toBytes(from), toBytes(to))
  }

  rollback(): void {
    this.#forget()
  }

  approximateEntries(): number {
    return this.#store.approximateEntries() + this.#changes.size
  }

  #write(changes: Iterable<readonly [string, Uint8Array | null]>, offset: number | undefined): void {
    if (this.#strings !== undefined) this.#strings.writeStrings(changes, offset)
    else this.#store.write(asBytes(changes), offset)
  }

  #writeAnew(): void {
    this.#unwritten = undefined
    this.#written = 0
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
    if (this.#strings?.findTimes !== undefined) return this.#strings.findTimes(segment, key, first, last, suffixBytes)
    const prefix = segment + key
    const found: Entry[] = []
    const to = prefix + int64String(last + 1)
    for (const entry of this.#committed(prefix + int64String(first), to, false)) {
      // A longer key may lie between the bounds too, its own bytes looking like a time.
      if (entry[0].length === prefix.length + suffixBytes && entry[0].startsWith(prefix)) found.push(entry)
    }
    return found
  }

  #forgetRange(from: string, to: string): void {
    for (const key of this.#changes.keys()) if (key >= from && key < to) this.#changes.delete(key)
  }

  #forget(): void {
    this.#changes.clear()
    this.#index.cleared()
    this.#groups.cleared()
    this.#expired = []
    this.#bytes = 0
    this.#lastKey = undefined
    this.#writeAnew()
  }
}

function* next<T>(iterator: Iterator<T>, most: number): Generator<T> {
  for (let count = 0; count < most; count++) {
    const { done, value } = iterator.next()
    if (done) return
    yield value
  }
}

function* asBytes(changes: Iterable<readonly [string, Uint8Array | null]>): Generator<[Uint8Array, Uint8Array | null]> {
  for (const [key, value] of changes) yield [toBytes(key), value]
}

function* asStrings(entries: Iterable<readonly [Uint8Array, Uint8Array]>): Generator<Entry> {
  for (const [key, value] of entries) yield [fromBytes(key), value]
}
