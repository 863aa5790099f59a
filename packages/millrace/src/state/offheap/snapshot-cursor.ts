/**
 * A walk over everything a store holds, some thousands of entries at a time, while it is written in between. It goes by
 * hash, so an entry that moves is neither missed nor needed twice: what changes behind it or before it is in the log anyway.
 */

import type { ByteTable } from './byte-table.ts'
import type { ChangeBatch } from './change-batch.ts'
import type { TableSet } from './table-set.ts'

export class SnapshotCursor {
  readonly #tables: readonly ByteTable[]
  #table = 0
  #hash = 0

  constructor(tables: TableSet) {
    this.#tables = tables.tables()
  }

  get done(): boolean {
    return this.#table >= this.#tables.length
  }

  /** Adds entries to a batch until it has about this many bytes or all are in. */
  fill(batch: ChangeBatch, bytes: number): void {
    while (!this.done && batch.length < bytes) {
      const next = this.#tables[this.#table].visit(this.#hash, (page, start, keyLength, valueLength) =>
        batch.addEntry(page, start, keyLength, valueLength),
      )
      this.#hash = next ?? 0
      if (next === undefined) this.#table++
    }
  }
}
