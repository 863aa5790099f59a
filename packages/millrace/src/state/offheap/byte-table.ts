/**
 * Keys to values outside the JavaScript heap: slots of references into pages of entries. Values are replaced in place where
 * their size allows, and pages that are mostly holes are emptied, so that memory stays within a third over what it holds.
 *
 * Reads find, then copy out. An order exists only once somebody asks for a range (`KeyIndex`).
 */

import { KeyIndex } from '../key-index.ts'
import type { ValueView } from '../value-view.ts'
import { EntryArena } from './entry-arena.ts'
import { hashOfBytes, hashOfString } from './key-hash.ts'
import { SlotTable } from './slot-table.ts'

/** Holes are tolerated up to this share of all pages. */
const HOLES = 0.25
const HOLES_BYTES = 512 << 10

export class ByteTable {
  readonly #slots = new SlotTable()
  readonly #arena = new EntryArena()
  readonly #index: KeyIndex = new KeyIndex(() => this.keys())
  /** Bytes of keys and values. */
  dataBytes: number = 0

  get size(): number {
    return this.#slots.size
  }

  get(key: string): Buffer | undefined {
    const reference = this.#find(key, hashOfString(key))
    return reference === 0 ? undefined : this.#arena.value(reference)
  }

  /** Shows a value where it lies, until the next change. @param hash `hashOfString` of the key */
  view(key: string, hash: number, view: ValueView): boolean {
    const reference = this.#find(key, hash)
    if (reference === 0) return false
    const arena = this.#arena
    view.bytes = arena.page(reference)
    view.start = arena.keyStart(reference) + key.length
    view.end = view.start + arena.valueLength(reference)
    return true
  }

  /** Key and value lie one after the other in `bytes`. */
  put(bytes: Uint8Array, start: number, keyLength: number, valueLength: number): void {
    const arena = this.#arena
    const hash = hashOfBytes(bytes, start, keyLength)
    const part = this.#slots.part(hash)
    const at = this.#slotOf(part, hash, bytes, start, keyLength)
    const reference = part[at + 1]
    if (reference === 0) {
      const added = arena.add(bytes, start, keyLength, valueLength)
      this.#slots.add(part, at, hash, added)
      this.dataBytes += keyLength + valueLength
      if (this.#index.built) this.#index.added(latin1(bytes, start, keyLength))
      return
    }
    this.dataBytes += valueLength - arena.valueLength(reference)
    if (arena.replace(reference, bytes, start + keyLength, valueLength)) return
    arena.free(reference)
    part[at + 1] = arena.add(bytes, start, keyLength, valueLength)
  }

  delete(bytes: Uint8Array, start: number, keyLength: number): void {
    const hash = hashOfBytes(bytes, start, keyLength)
    const part = this.#slots.part(hash)
    const at = this.#slotOf(part, hash, bytes, start, keyLength)
    const reference = part[at + 1]
    if (reference === 0) return
    if (this.#index.built) this.#index.removed(latin1(bytes, start, keyLength))
    this.dataBytes -= keyLength + this.#arena.valueLength(reference)
    this.#slots.remove(part, at)
    this.#arena.free(reference)
  }

  /** Empties pages that are mostly holes. Between writes only: references change. */
  compact(): void {
    const arena = this.#arena
    while (arena.freeBytes > HOLES_BYTES && arena.freeBytes > HOLES * arena.bytes) {
      const page = arena.emptiestPage()
      if (page === undefined) return
      for (const reference of arena.retire(page)) this.#move(reference)
      arena.discard(page)
    }
  }

  /** Entries with `from` ≤ key < `to` in order; valid until the next write. */
  *range(from: string | undefined, to: string | undefined, reverse: boolean): Generator<readonly [string, Buffer]> {
    if (this.size === 0) return
    if (from === undefined && !reverse && !this.#index.asked) {
      // The first one alone is what is asked for when a store is opened: no order is made for that.
      const first = this.#first()
      if (to !== undefined && first >= to) return
      yield [first, this.get(first) as Buffer]
      yield* this.range(`${first}\0`, to, false)
      return
    }
    for (const key of this.#index.range(from, to, reverse)) yield [key, this.get(key) as Buffer]
  }

  /** Keys within [from, to), in any order. */
  keysWithin(from: string, to: string): string[] {
    if (this.#index.built) return this.#index.snapshot(from, to, false)
    const keys: string[] = []
    for (const key of this.keys()) if (key >= from && key < to) keys.push(key)
    return keys
  }

  /**
   * Visits entries by their hashes, from one on, some thousands at a time: page, start of the key, lengths.
   * @returns where to go on; undefined when all have been visited
   */
  visit(
    fromHash: number,
    visitor: (page: Uint8Array, start: number, keyLength: number, valueLength: number) => void,
  ): number | undefined {
    const arena = this.#arena
    const { part, end } = this.#slots.partFrom(fromHash)
    for (let at = 1; at < part.length - 2; at += 2) {
      const reference = part[at]
      if (reference === 0) continue
      const keyLength = arena.keyLength(reference)
      visitor(arena.page(reference), arena.keyStart(reference), keyLength, arena.valueLength(reference))
    }
    return end < 2 ** 32 ? end : undefined
  }

  clear(): void {
    this.#slots.clear()
    this.#arena.clear()
    this.#index.cleared()
    this.dataBytes = 0
  }

  #find(key: string, hash: number): number {
    const part = this.#slots.part(hash)
    let at = SlotTable.home(part, hash)
    for (;;) {
      const reference = part[at + 1]
      if (reference === 0) return 0
      if (part[at] === hash && this.#arena.hasKeyString(reference, key)) return reference
      at = SlotTable.next(part, at)
    }
  }

  /** The key's slot, or the empty one where it would go. */
  #slotOf(part: Int32Array, hash: number, bytes: Uint8Array, start: number, length: number): number {
    let at = SlotTable.home(part, hash)
    for (;;) {
      const reference = part[at + 1]
      if (reference === 0) return at
      if (part[at] === hash && this.#arena.hasKeyBytes(reference, bytes, start, length)) return at
      at = SlotTable.next(part, at)
    }
  }

  #move(reference: number): void {
    const arena = this.#arena
    const page = arena.page(reference)
    const start = arena.keyStart(reference)
    const keyLength = arena.keyLength(reference)
    const hash = hashOfBytes(page, start, keyLength)
    const part = this.#slots.part(hash)
    let at = SlotTable.home(part, hash)
    while (part[at + 1] !== reference) at = SlotTable.next(part, at)
    part[at + 1] = arena.add(page, start, keyLength, arena.valueLength(reference))
  }

  /** All keys, in any order. */
  *keys(): Generator<string> {
    const arena = this.#arena
    for (const reference of this.#slots.references()) {
      yield latin1(arena.page(reference), arena.keyStart(reference), arena.keyLength(reference))
    }
  }

  #first(): string {
    let first: string | undefined
    for (const key of this.keys()) if (first === undefined || key < first) first = key
    return first as string
  }
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1')
}
