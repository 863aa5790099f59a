/** Java's int: 4 bytes, big-endian. */

import { SerdeError } from '../errors.ts'
import { readInt32, writeInt32 } from '../int64.ts'
import type { Serde } from '../serde.ts'
import { expectLength } from './fixed-length.ts'

const serde: Serde<number> = Object.freeze({
  name: 'int32',
  decodesCopies: true,
  decodesFast: true,
  fixed: { bytes: 4, check, write: (value: number, bytes: Uint8Array, at: number) => writeInt32(bytes, at, value) },
  encode(value: number) {
    check(value)
    const bytes = Buffer.allocUnsafe(4)
    writeInt32(bytes, 0, value)
    return bytes
  },
  decode(bytes: Buffer, start: number, end: number) {
    expectLength('int32()', start, end, 4)
    return readInt32(bytes, start)
  },
})

function check(value: number): void {
  if ((value | 0) !== value)
    throw new SerdeError(`int32() holds 32-bit integers and was given ${String(value)}: use long()`)
}

/** 32-bit integers. @throws SerdeError beyond them. */
export function int32(): Serde<number> {
  return serde
}
