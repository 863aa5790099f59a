/**
 * Which batches of a fetched range belong to aborted transactions, for read_committed.
 *
 * The log names each aborted transaction that touches the range by producer id and first offset. A producer's batches
 * are skipped from that offset until its abort marker; a later transaction of the same producer counts again.
 */

import { readInt16 } from './batch-header.ts'
import { CONTROL_ABORT } from './seal-batch.ts'
import { readVarint, readVarlong, varintEnd } from './varint.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export class AbortedRanges {
  readonly #pending: AbortedTransaction[]
  readonly #aborting: Set<number> = new Set()
  #next = 0

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#pending = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether a data batch of this producer is aborted. Batches must be asked about in offset order. */
  skips(producerId: number, lastOffset: number): boolean {
    while (this.#next < this.#pending.length && this.#pending[this.#next].firstOffset <= lastOffset) {
      this.#aborting.add(this.#pending[this.#next++].producerId)
    }
    return this.#aborting.has(producerId)
  }

  /** A control batch of this producer passed: an abort marker ends its range. */
  marker(producerId: number, lastOffset: number, type: number): void {
    this.skips(producerId, lastOffset)
    if (type === CONTROL_ABORT) this.#aborting.delete(producerId)
  }
}

/** Kind of the control record whose section starts at `start`: `CONTROL_ABORT`, `CONTROL_COMMIT` or another number. */
export function readControlType(bytes: Uint8Array, start: number): number {
  readVarint(bytes, start)
  readVarlong(bytes, varintEnd + 1)
  readVarint(bytes, varintEnd)
  readVarint(bytes, varintEnd)
  return readInt16(bytes, varintEnd + 2)
}
