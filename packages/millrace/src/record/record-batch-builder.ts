/**
 * Records written straight into the batch being built (law 3, the writing side): Kafka's record batch format v2, in one
 * growing buffer whose first 61 bytes are left free for the header that the log adapter fills in.
 *
 * Knows nothing of producer ids, sequences, checksums or compression: an adapter seals what is built
 * (`sealBatch`). A builder is append-only and is thrown away, or reset, once its send has settled.
 */

import { BATCH_HEADER_SIZE } from './batch-header.ts'
import type { Headers } from './headers.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

export { BATCH_HEADER_SIZE } from './batch-header.ts'

export class RecordBatchBuilder {
  #buffer: Buffer
  #end: number = BATCH_HEADER_SIZE
  #count = 0
  #baseTimestamp = 0
  #maxTimestamp = 0

  /** @param initialCapacity bytes to start with; grows by doubling. */
  constructor(initialCapacity = 4096) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(initialCapacity, BATCH_HEADER_SIZE + 64))
  }

  get count(): number {
    return this.#count
  }

  /** Bytes so far, header included. */
  get size(): number {
    return this.#end
  }

  get baseTimestamp(): number {
    return this.#baseTimestamp
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Header space and records; valid until the next append. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end)
  }

  /**
   * Appends one record. A string is written as UTF-8 without an intermediate buffer.
   */
  append(
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    timestamp: number,
    headers: Headers | undefined,
  ): void {
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp
      this.#maxTimestamp = timestamp
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    const keyLength = key === null ? -1 : typeof key === 'string' ? Buffer.byteLength(key) : key.length
    const valueLength = value === null ? -1 : typeof value === 'string' ? Buffer.byteLength(value) : value.length
    const timestampDelta = timestamp - this.#baseTimestamp
    const headersLength = headers === undefined ? 1 : encodedHeadersLength(headers)
    const bodyLength =
      1 +
      varlongSize(timestampDelta) +
      varintSize(this.#count) +
      varintSize(keyLength) +
      Math.max(keyLength, 0) +
      varintSize(valueLength) +
      Math.max(valueLength, 0) +
      headersLength
    this.#reserve(bodyLength + 5)
    const buffer = this.#buffer
    let at = writeVarint(buffer, this.#end, bodyLength)
    buffer[at++] = 0
    at = writeVarlong(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, this.#count)
    at = writeBytes(buffer, writeVarint(buffer, at, keyLength), key, keyLength)
    at = writeBytes(buffer, writeVarint(buffer, at, valueLength), value, valueLength)
    if (headers === undefined) buffer[at++] = 0
    else at = writeHeaders(buffer, at, headers)
    this.#end = at
    this.#count++
  }

  /** Forgets the records and keeps the buffer. */
  reset(): void {
    this.#end = BATCH_HEADER_SIZE
    this.#count = 0
  }

  #reserve(more: number): void {
    const needed = this.#end + more
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

function writeBytes(buffer: Buffer, at: number, source: Uint8Array | string | null, length: number): number {
  if (source === null) return at
  if (typeof source === 'string') buffer.write(source, at, length, 'utf8')
  else buffer.set(source, at)
  return at + length
}

export function encodedHeadersLength(headers: Headers): number {
  let length = varintSize(headers.size)
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key)
    length += varintSize(keyLength) + keyLength + varintSize(value === null ? -1 : value.length) + (value?.length ?? 0)
  }
  return length
}

export function writeHeaders(buffer: Buffer, start: number, headers: Headers): number {
  let at = writeVarint(buffer, start, headers.size)
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key)
    at = writeBytes(buffer, writeVarint(buffer, at, keyLength), key, keyLength)
    at = writeVarint(buffer, at, value === null ? -1 : value.length)
    at = writeBytes(buffer, at, value, value?.length ?? 0)
  }
  return at
}
