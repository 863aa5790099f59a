/**
 * A run of rows of a column batch, as a batch of its own over the same buffer: what is applied between two macrotasks.
 */

import type { ColumnBatch } from '../record/column-batch.ts'

export function batchSlice(batch: ColumnBatch, from: number, to: number): ColumnBatch {
  if (from === 0) return to === batch.count ? batch : { ...batch, count: to }
  return {
    count: to - from,
    bytes: batch.bytes,
    offsets: batch.offsets.subarray(from, to),
    timestamps: batch.timestamps.subarray(from, to),
    keyStarts: batch.keyStarts.subarray(from, to),
    keyLengths: batch.keyLengths.subarray(from, to),
    valueStarts: batch.valueStarts.subarray(from, to),
    valueLengths: batch.valueLengths.subarray(from, to),
    headerStarts: batch.headerStarts.subarray(from, to),
    headerCounts: batch.headerCounts.subarray(from, to),
  }
}

/** How many of its rows come before an offset: rows are in order of offset. */
export function rowsBefore({ count, offsets }: ColumnBatch, offset: number): number {
  let rows = count
  while (rows > 0 && offsets[rows - 1] >= offset) rows--
  return rows
}

/** Bytes of keys and values of some rows. */
export function bytesOf({ keyLengths, valueLengths }: ColumnBatch, from: number, to: number): number {
  let bytes = 0
  for (let row = from; row < to; row++) bytes += Math.max(0, keyLengths[row]) + Math.max(0, valueLengths[row])
  return bytes
}
