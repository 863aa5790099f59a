/**
 * A row's headers, decoded when somebody asks. Values are copied, so that headers kept in a store or forwarded later do
 * not pin a fetch buffer (law 3). Layout of one header: varint key length, key, varint value length or -1, value.
 */

import type { ColumnBatch } from './column-batch.ts'
import { type Header, Headers } from './headers.ts'
import { readVarint, varintEnd } from './varint.ts'

/** The headers of a row, undefined where it has none. */
export function headersOf(batch: ColumnBatch, row: number): Headers | undefined {
  const count = batch.headerCounts[row]
  return count === 0 ? undefined : readHeaders(batch.bytes, batch.headerStarts[row], count)
}

/** `count` headers in Kafka's record format from a position on. */
export function readHeaders(bytes: Buffer, start: number, count: number): Headers {
  const entries: Header[] = []
  let at = start
  for (let index = 0; index < count; index++) {
    const keyLength = readVarint(bytes, at)
    at = varintEnd + keyLength
    const key = bytes.toString('utf8', varintEnd, at)
    const valueLength = readVarint(bytes, at)
    at = varintEnd
    if (valueLength < 0) entries.push({ key, value: null })
    else {
      const value = new Uint8Array(valueLength)
      bytes.copy(value, 0, at, at + valueLength)
      entries.push({ key, value })
      at += valueLength
    }
  }
  return new Headers(entries)
}
