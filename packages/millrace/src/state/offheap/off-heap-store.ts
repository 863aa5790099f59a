/**
 * The byte store of the core: state outside the JavaScript heap, in memory, and where it has a log, found again on disk.
 *
 * A batch is encoded, logged, then applied: what the log refuses is not in memory either. All that is stored must fit into
 * memory; beyond that are the stores of `@millrace/lmdb` and `@millrace/rocksdb`.
 */

import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from '../byte-store.ts'
import { fromBytes, toBytes } from '../byte-string.ts'
import type { ValueView } from '../value-view.ts'
import { applyChanges, ChangeBatch } from './change-batch.ts'
import type { StateLog } from './state-log.ts'
import { TableSet } from './table-set.ts'

export interface OffHeapStoreOptions {
  /** Keys begin with a segment of eight bytes that expires as a whole. Default false. */
  readonly segmented?: boolean | undefined
  /** Opens the store's log and fills the tables from it. Default: there is none, and the store is gone with the process. */
  openLog?(tables: TableSet): StateLog
  onClose?(): void
}

/** Taken by whoever writes, so that a write within a write has its own. */
let sharedBatch: ChangeBatch | undefined

export class OffHeapStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly strings: ByteStringAccess = this
  readonly persistent: boolean
  readonly inMemory: boolean = true
  readonly #tables: TableSet
  readonly #log: StateLog | undefined
  readonly #onClose: (() => void) | undefined
  #offset: number | undefined
  #closed = false

  constructor(name: string, options: OffHeapStoreOptions = {}) {
    this.name = name
    this.#tables = new TableSet(options.segmented === true)
    this.#log = options.openLog?.(this.#tables)
    this.#offset = this.#log?.offset
    this.persistent = this.#log !== undefined
    this.#onClose = options.onClose
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#tables.get(fromBytes(key))
  }

  getString(key: string): Uint8Array | undefined {
    return this.#tables.get(key)
  }

  viewString(key: string, hash: number, view: ValueView): boolean {
    return this.#tables.view(key, hash, view)
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

  keys(): Iterable<string> {
    return this.#tables.keys()
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
    const [first, end] = [fromBytes(from), fromBytes(to)]
    if (first >= end) return
    this.#log?.drop(first, end)
    this.#tables.dropRange(first, end)
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  approximateEntries(): number {
    return this.#tables.size
  }

  clear(): void {
    this.#log?.clear()
    this.#tables.clear()
    this.#offset = undefined
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#log?.close()
    this.#tables.clear()
    this.#onClose?.()
  }

  /** Somebody else goes on from its files: it must not write them any more. */
  supersede(): void {
    this.#log?.supersede()
  }

  writeBatch(batch: ChangeBatch, changelogOffset: number | undefined): void {
    this.#log?.append(batch, changelogOffset)
    applyChanges(batch.bytes, ChangeBatch.RESERVED, batch.length, this.#tables)
    this.#tables.compact()
    this.#offset = changelogOffset
    this.#log?.compact(batch.length)
  }

  #write(collect: (batch: ChangeBatch) => void, changelogOffset: number | undefined): void {
    const batch = sharedBatch ?? new ChangeBatch()
    sharedBatch = undefined
    batch.begin()
    collect(batch)
    this.writeBatch(batch, changelogOffset)
    sharedBatch = batch
  }
}
