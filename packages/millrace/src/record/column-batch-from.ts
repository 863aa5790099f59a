/**
 * A `ColumnBatch` made of record objects, for adapters and tests that have nothing better. The bytes are laid out in one
 * new buffer: keys, values and headers of each record one after the other.
 */

import type { ColumnBatch } from './column-batch.ts'
import type { Headers } from './headers.ts'
import { encodedHeadersLength, writeHeaders } from './record-batch-builder.ts'
import { varintSize } from './varint.ts'

export interface ColumnRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: Headers | undefined
}

/** Copies the records into columns, in the order given. */
export function columnBatchFrom(records: readonly ColumnRecord[]): ColumnBatch {
  const count = records.length
  let size = 0
  for (const { key, value, headers } of records) {
    size += (key?.length ?? 0) + (value?.length ?? 0)
    if (headers !== undefined) size += encodedHeadersLength(headers)
  }
  const bytes = Buffer.allocUnsafeSlow(size)
  const offsets = new Float64Array(count)
  const timestamps = new Float64Array(count)
  const keyStarts = new Int32Array(count)
  const keyLengths = new Int32Array(count)
  const valueStarts = new Int32Array(count)
  const valueLengths = new Int32Array(count)
  const headerStarts = new Int32Array(count)
  const headerCounts = new Int32Array(count)
  let at = 0
  const put = (source: Uint8Array | null, starts: Int32Array, lengths: Int32Array, row: number): void => {
    starts[row] = at
    lengths[row] = source === null ? -1 : source.length
    if (source === null) return
    bytes.set(source, at)
    at += source.length
  }
  for (let row = 0; row < count; row++) {
    const { offset, timestamp, key, value, headers } = records[row]
    offsets[row] = offset
    timestamps[row] = timestamp
    put(key, keyStarts, keyLengths, row)
    put(value, valueStarts, valueLengths, row)
    if (headers === undefined || headers.size === 0) {
      headerStarts[row] = at
      continue
    }
    const end = writeHeaders(bytes, at, headers)
    headerStarts[row] = at + varintSize(headers.size)
    headerCounts[row] = headers.size
    at = end
  }
  return {
    count,
    bytes,
    offsets,
    timestamps,
    keyStarts,
    keyLengths,
    valueStarts,
    valueLengths,
    headerStarts,
    headerCounts,
  }
}
