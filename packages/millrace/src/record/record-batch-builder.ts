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

/** Bytes the longest UTF-8 character takes. */
const TEXT_SLACK = 4
/** Up to this length a loop is faster than a call into native code. */
const SHORT = 32

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

  /** Bytes of its buffer. */
  get capacity(): number {
    return this.#buffer.length
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
   * Appends one record. A string is written as UTF-8 without an intermediate buffer: first as if it were ASCII, whose
   * length is known; where it was not, its bytes are made and the record is written again.
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
    if (this.#write(key, value, timestamp, headers)) return
    this.#write(asBytes(key), asBytes(value), timestamp, headers)
  }

  /** False, and nothing appended, if a string is not ASCII. */
  #write(
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    timestamp: number,
    headers: Headers | undefined,
  ): boolean {
    const keyLength = key === null ? -1 : key.length
    const valueLength = value === null ? -1 : value.length
    const timestampDelta = timestamp - this.#baseTimestamp
    const headersLength = headers === undefined ? 1 : encodedHeadersLength(headers)
    const bodyLength =
      1 +
      varlongSize(timestampDelta) +
      varintSize(this.#count) +
      varintSize(keyLength) +
      (keyLength > 0 ? keyLength : 0) +
      varintSize(valueLength) +
      (valueLength > 0 ? valueLength : 0) +
      headersLength
    this.#reserve(bodyLength + 5 + TEXT_SLACK)
    const buffer = this.#buffer
    let at = writeVarint(buffer, this.#end, bodyLength)
    buffer[at++] = 0
    at = writeVarlong(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, this.#count)
    at = writeVarint(buffer, at, keyLength)
    if (typeof key === 'string') {
      if (!writeAscii(buffer, at, key)) return false
      at += keyLength
    } else if (key !== null) {
      copyBytes(buffer, at, key)
      at += keyLength
    }
    at = writeVarint(buffer, at, valueLength)
    if (typeof value === 'string') {
      if (!writeAscii(buffer, at, value)) return false
      at += valueLength
    } else if (value !== null) {
      copyBytes(buffer, at, value)
      at += valueLength
    }
    if (headers === undefined) buffer[at++] = 0
    else at = writeHeaders(buffer, at, headers)
    this.#end = at
    this.#count++
    return true
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

/** Bytes of a batch that has this record alone. */
export function singleRecordBatchSize(
  key: Uint8Array | string | null,
  value: Uint8Array | string | null,
  headers: Headers | undefined,
): number {
  const keyLength = lengthOf(key)
  const valueLength = lengthOf(value)
  const body =
    1 +
    varlongSize(0) +
    varintSize(0) +
    varintSize(keyLength) +
    Math.max(keyLength, 0) +
    varintSize(valueLength) +
    Math.max(valueLength, 0) +
    (headers === undefined ? 1 : encodedHeadersLength(headers))
  return BATCH_HEADER_SIZE + varintSize(body) + body
}

function lengthOf(bytes: Uint8Array | string | null): number {
  if (bytes === null) return -1
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

function asBytes(source: Uint8Array | string | null): Uint8Array | null {
  return typeof source === 'string' ? Buffer.from(source) : source
}

/** True if the text was ASCII and is written. What is behind its place may be written over. */
function writeAscii(buffer: Buffer, at: number, text: string): boolean {
  const { length } = text
  // Room for one more character of any size: if the bytes are as many as the characters, the text is complete and ASCII.
  if (length > SHORT) return buffer.write(text, at, length + TEXT_SLACK, 'utf8') === length
  let seen = 0
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    seen |= code
    buffer[at + index] = code
  }
  return seen < 0x80
}

function copyBytes(buffer: Buffer, at: number, source: Uint8Array): void {
  const { length } = source
  if (length > SHORT) buffer.set(source, at)
  else for (let index = 0; index < length; index++) buffer[at + index] = source[index]
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
