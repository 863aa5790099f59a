/**
 * Reads the fields of Kafka Streams' binary formats one after the other: big-endian integers and byte arrays with a 4-byte
 * length, -1 for null. What is too short fails, so that a format is never guessed from garbage.
 */

import { SerdeError } from './errors.ts'
import { readInt32, readInt64 } from './int64.ts'

export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  int8(): number {
    return this.#bytes[this.#take(1)]
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4))
  }

  int64(): number {
    return readInt64(this.#bytes, this.#take(8))
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    // Not `slice`: a Buffer's gives a view.
    return new Uint8Array(this.#bytes.subarray(at, at + length))
  }

  /** Bytes with their length in front, -1 for null. */
  sized(): Uint8Array | null {
    const length = this.int32()
    return length === -1 ? null : this.bytes(length)
  }

  text(): string | null {
    const bytes = this.sized()
    return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new SerdeError(`malformed bytes: ${length} more are announced and ${this.remaining} are left`)
    }
    const at = this.#at
    this.#at += length
    return at
  }
}
