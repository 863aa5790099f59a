/** Java's long as a number: 8 bytes, big-endian. Exact within ±2^53; beyond it, writing and reading fail loudly. */

import { SerdeError } from '../errors.ts'
import { readInt64, writeInt64 } from '../int64.ts'
import type { Serde } from '../serde.ts'
import { expectLength } from './fixed-length.ts'

const serde: Serde<number> = Object.freeze({
  name: 'long',
  decodesCopies: true,
  decodesFast: true,
  fixed: { bytes: 8, check, write: (value: number, bytes: Uint8Array, at: number) => writeInt64(bytes, at, value) },
  encode(value: number) {
    check(value)
    const bytes = Buffer.allocUnsafe(8)
    writeInt64(bytes, 0, value)
    return bytes
  },
  decode(bytes: Buffer, start: number, end: number) {
    expectLength('long()', start, end, 8)
    const value = readInt64(bytes, start)
    if (!Number.isSafeInteger(value)) throw outOfRange(value)
    return value
  },
})

function check(value: number): void {
  if (!Number.isSafeInteger(value)) throw outOfRange(value)
}

/** Integers within ±2^53 as 8 bytes. @throws SerdeError beyond that, or for fractions: use `bigint64()` or `double()`. */
export function long(): Serde<number> {
  return serde
}

function outOfRange(value: unknown): SerdeError {
  return new SerdeError(
    `long() holds integers within ±2^53 and was given ${typeof value === 'number' ? value : typeof value}: use bigint64() for larger ones, double() for fractions`,
  )
}
