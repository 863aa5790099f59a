/**
 * Reads the flexible versions of Kafka's protocol from one contiguous buffer: compact strings, arrays and bytes, tagged
 * fields skipped. 64-bit integers are numbers, exact below 2^53. Bytes are views, never copies.
 */

export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(length: number): void {
    this.#at += length
  }

  int16(): number {
    const value = this.#bytes.readInt16BE(this.#at)
    this.#at += 2
    return value
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    return value
  }

  int64(): number {
    const value = this.#bytes.readInt32BE(this.#at) * 0x100000000 + this.#bytes.readUInt32BE(this.#at + 4)
    this.#at += 8
    return value
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** 0 for a null array too. */
  arrayLength(): number {
    return Math.max(this.unsignedVarint() - 1, 0)
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.unsignedVarint() - 1
    if (length < 0) return null
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  bytes(): Buffer | null {
    const length = this.unsignedVarint() - 1
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint()
      const size = this.unsignedVarint()
      this.#at += size
    }
  }
}
