/** Writes what `ByteReader` reads, into an array of the final size that the caller knows. */

import { writeInt32, writeInt64 } from './int64.ts'

export class ByteWriter {
  readonly bytes: Buffer
  #at = 0

  /** @param size bytes of all that will be written */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  int8(value: number): this {
    this.bytes[this.#at++] = value
    return this
  }

  int32(value: number): this {
    writeInt32(this.bytes, this.#at, value)
    this.#at += 4
    return this
  }

  int64(value: number): this {
    writeInt64(this.bytes, this.#at, value)
    this.#at += 8
    return this
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at)
    this.#at += bytes.length
    return this
  }

  /** Bytes with their length in front, -1 for null. */
  sized(bytes: Uint8Array | null): this {
    return bytes === null ? this.int32(-1) : this.int32(bytes.length).raw(bytes)
  }
}
