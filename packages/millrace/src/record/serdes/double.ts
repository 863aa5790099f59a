/** Java's double: IEEE 754, 8 bytes, big-endian. */

import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { expectLength } from './fixed-length.ts'

const serde: Serde<number> = Object.freeze({
  name: 'double',
  decodesCopies: true,
  decodesFast: true,
  encode(value: number) {
    if (typeof value !== 'number') throw new SerdeError(`double() holds numbers and was given ${typeof value}`)
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleBE(value)
    return bytes
  },
  decode(bytes: Buffer, start: number, end: number) {
    expectLength('double()', start, end, 8)
    return bytes.readDoubleBE(start)
  },
})

/** Any number. @throws SerdeError for a value that is none. */
export function double(): Serde<number> {
  return serde
}
