/**
 * A versioned store's older versions of one key within one segment: spans of time with a value, or null for none. A span
 * of no length marks a deletion that nothing preceded.
 */

import { ByteReader } from '../record/byte-reader.ts'
import { ByteWriter } from '../record/byte-writer.ts'

export interface VersionSpan {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly value: Uint8Array | null
}

export function encodeSpans(spans: readonly VersionSpan[]): Uint8Array {
  let size = 0
  for (const span of spans) size += 20 + (span.value?.length ?? 0)
  const writer = new ByteWriter(size)
  for (const span of spans) writer.int64(span.from).int64(span.to).sized(span.value)
  return writer.bytes
}

export function decodeSpans(bytes: Uint8Array): VersionSpan[] {
  const reader = new ByteReader(bytes)
  const spans: VersionSpan[] = []
  while (reader.remaining > 0) spans.push({ from: reader.int64(), to: reader.int64(), value: reader.sized() })
  return spans
}
