/**
 * The byte store of the core: state outside the JavaScript heap, in memory, and where it has a log, found again on disk.
 *
 * A batch is encoded, logged, then applied: what the log refuses is not in memory either. All that is stored must fit into
 * memory; beyond that are the stores of `@millrace/lmdb` and `@millrace/rocksdb`.
 */

import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from '../byte-store.ts'
import { fromBytes, toBytes } from '../byte-string.ts'
import { KeyGroups, SEGMENT_BYTES } from '../key-groups.ts'
import type { Entry } from '../merge-ranges.ts'
import { applyChanges, ChangeBatch } from './change-batch.ts'
import { TableSet } from './table-set.ts'

export interface OffHeapStoreOptions {
  /** Keys begin with a segment of eight bytes that expires as a whole. Default false. */
  readonly segmented?: boolean | undefined
}

/** Taken by whoever writes, so that a write within a write has its own. */
let sharedBatch: ChangeBatch | undefined

const NONE: readonly Entry[] = Object.freeze([])

export class OffHeapStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly strings: ByteStringAccess = this
  readonly persistent: boolean = false
  readonly #tables: TableSet
  /** Made when a key's times are asked for first, as sessions and stream joins do. */
  #groups: KeyGroups = this.#noGroups()
  #offset: number | undefined

  constructor(name: string, options: OffHeapStoreOptions = {}) {
    this.name = name
    this.#tables = new TableSet(options.segmented === true)
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#tables.get(fromBytes(key))
  }

  getString(key: string): Uint8Array | undefined {
    return this.#tables.get(key)
  }

  *range(options: RangeOptions = {}): Generator<readonly [Uint8Array, Uint8Array]> {
    const from = options.from === undefined ? undefined : fromBytes(options.from)
    const to = options.to === undefined ? undefined : fromBytes(options.to)
    for (const [key, value] of this.rangeStrings(from, to, options.reverse === true)) yield [toBytes(key), value]
  }

  rangeStrings(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
  ): Generator<readonly [string, Uint8Array]> {
    return this.#tables.range(from, to, reverse)
  }

  findTimes(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly Entry[] {
    const keys = this.#groups.find(segment, key, first, last, suffixBytes)
    return keys.length === 0 ? NONE : keys.map((at): Entry => [at, this.#tables.get(at) as Uint8Array])
  }

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    this.#write((batch) => {
      for (const [key, value] of changes) {
        batch.addBytes(key, value)
        if (this.#groups.built) this.#group(fromBytes(key), value)
      }
    }, changelogOffset)
  }

  writeStrings(changes: Iterable<readonly [string, Uint8Array | null]>, changelogOffset: number | undefined): void {
    this.#write((batch) => {
      for (const [key, value] of changes) {
        batch.add(key, value)
        if (this.#groups.built) this.#group(key, value)
      }
    }, changelogOffset)
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    const [first, end] = [fromBytes(from), fromBytes(to)]
    if (first.length !== SEGMENT_BYTES || end.length !== SEGMENT_BYTES) this.#groups = this.#noGroups()
    else this.#groups.dropSegments(first, end)
    this.#tables.dropRange(first, end)
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  approximateEntries(): number {
    return this.#tables.size
  }

  clear(): void {
    this.#tables.clear()
    this.#groups.cleared()
    this.#offset = undefined
  }

  close(): void {
    this.#tables.clear()
  }

  #group(key: string, value: Uint8Array | null): void {
    if (value === null) this.#groups.removed(key)
    else this.#groups.added(key)
  }

  #noGroups(): KeyGroups {
    return new KeyGroups(() => this.#tables.keys())
  }

  #write(collect: (batch: ChangeBatch) => void, changelogOffset: number | undefined): void {
    const batch = sharedBatch ?? new ChangeBatch()
    sharedBatch = undefined
    batch.begin(0)
    try {
      collect(batch)
      applyChanges(batch.bytes, 0, batch.length, this.#tables)
    } catch (error) {
      // They have been told of keys that may not be there.
      this.#groups = this.#noGroups()
      throw error
    }
    this.#tables.compact()
    this.#offset = changelogOffset
    sharedBatch = batch
  }
}
