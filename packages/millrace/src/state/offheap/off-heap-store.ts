/**
 * The byte store of the core: state outside the JavaScript heap, in memory, and where it has a log, found again on disk.
 *
 * A batch is encoded, logged, then applied: what the log refuses is not in memory either. All that is stored must fit into
 * memory; beyond that are the stores of `@millrace/lmdb` and `@millrace/rocksdb`.
 */

import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from '../byte-store.ts'
import { fromBytes, toBytes } from '../byte-string.ts'
import { applyChanges, ChangeBatch } from './change-batch.ts'
import { TableSet } from './table-set.ts'

export interface OffHeapStoreOptions {
  /** Keys begin with a segment of eight bytes that expires as a whole. Default false. */
  readonly segmented?: boolean | undefined
}

/** Taken by whoever writes, so that a write within a write has its own. */
let sharedBatch: ChangeBatch | undefined

export class OffHeapStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly strings: ByteStringAccess = this
  readonly persistent: boolean = false
  readonly #tables: TableSet
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

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    this.#write((batch) => {
      for (const [key, value] of changes) batch.addBytes(key, value)
    }, changelogOffset)
  }

  writeStrings(changes: Iterable<readonly [string, Uint8Array | null]>, changelogOffset: number | undefined): void {
    this.#write((batch) => {
      for (const [key, value] of changes) batch.add(key, value)
    }, changelogOffset)
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    this.#tables.dropRange(fromBytes(from), fromBytes(to))
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  approximateEntries(): number {
    return this.#tables.size
  }

  clear(): void {
    this.#tables.clear()
    this.#offset = undefined
  }

  close(): void {
    this.#tables.clear()
  }

  #write(collect: (batch: ChangeBatch) => void, changelogOffset: number | undefined): void {
    const batch = sharedBatch ?? new ChangeBatch()
    sharedBatch = undefined
    batch.begin(0)
    collect(batch)
    applyChanges(batch.bytes, 0, batch.length, this.#tables)
    this.#tables.compact()
    this.#offset = changelogOffset
    sharedBatch = batch
  }
}
