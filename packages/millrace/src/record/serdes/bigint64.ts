/** Java's long as a bigint: 8 bytes, big-endian, the whole range. */

import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { expectLength } from './fixed-length.ts'

const serde: Serde<bigint> = Object.freeze({
  name: 'bigint64',
  decodesCopies: true,
  decodesFast: true,
  encode(value: bigint) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
      throw new SerdeError(`bigint64() holds bigints of 64 bits and was given ${typeof value} ${String(value)}`)
    }
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(value)
    return bytes
  },
  decode(bytes: Buffer, start: number, end: number) {
    expectLength('bigint64()', start, end, 8)
    return bytes.readBigInt64BE(start)
  },
})

/** 64-bit integers as bigint. @throws SerdeError for a value of another type or beyond 64 bits. */
export function bigint64(): Serde<bigint> {
  return serde
}
