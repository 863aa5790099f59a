/**
 * The byte store in memory: a map from byte strings, with an order only once somebody asks for a range.
 *
 * What it holds is gone with the process; the changelog brings it back. Values are kept as they are given: nobody changes
 * an array that was written.
 */

import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from './byte-store.ts'
import { fromBytes, toBytes } from './byte-string.ts'
import { KeyIndex } from './key-index.ts'

export class MemoryStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly persistent = false
  readonly strings: ByteStringAccess = this
  readonly #values = new Map<string, Uint8Array>()
  readonly #index: KeyIndex = new KeyIndex(() => this.#values.keys())
  #offset: number | undefined

  constructor(name: string) {
    this.name = name
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(fromBytes(key))
  }

  getString(key: string): Uint8Array | undefined {
    return this.#values.get(key)
  }

  *range(options: RangeOptions = {}): Generator<readonly [Uint8Array, Uint8Array]> {
    const from = options.from === undefined ? undefined : fromBytes(options.from)
    const to = options.to === undefined ? undefined : fromBytes(options.to)
    for (const [key, value] of this.rangeStrings(from, to, options.reverse === true)) yield [toBytes(key), value]
  }

  *rangeStrings(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
  ): Generator<readonly [string, Uint8Array]> {
    if (this.#values.size === 0) return
    for (const key of this.#index.range(from, to, reverse)) yield [key, this.#values.get(key) as Uint8Array]
  }

  keys(): Iterable<string> {
    return this.#values.keys()
  }

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    for (const [key, value] of changes) this.#apply(fromBytes(key), value)
    this.#offset = changelogOffset
  }

  writeStrings(changes: Iterable<readonly [string, Uint8Array | null]>, changelogOffset: number | undefined): void {
    for (const [key, value] of changes) this.#apply(key, value)
    this.#offset = changelogOffset
  }

  #apply(key: string, value: Uint8Array | null): void {
    if (value === null) {
      if (!this.#values.delete(key)) return
      this.#index.removed(key)
      return
    }
    if (this.#index.built && !this.#values.has(key)) this.#index.added(key)
    this.#values.set(key, value)
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    const first = fromBytes(from)
    const end = fromBytes(to)
    // Without an order a scan is cheaper than making one: expiry comes once a segment, and drops a good part of it.
    const keys = this.#index.built ? this.#index.snapshot(first, end, false) : this.#values.keys()
    for (const key of keys) if (key >= first && key < end) this.#apply(key, null)
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  approximateEntries(): number {
    return this.#values.size
  }

  clear(): void {
    this.#values.clear()
    this.#index.cleared()
    this.#offset = undefined
  }

  close(): void {
    this.clear()
  }
}
