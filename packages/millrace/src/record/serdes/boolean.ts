/** Java's BooleanSerializer: one byte, 1 or 0. */

import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { expectLength } from './fixed-length.ts'

const serde: Serde<boolean> = Object.freeze({
  name: 'boolean',
  decodesCopies: true,
  decodesFast: true,
  encode(value: boolean) {
    if (typeof value !== 'boolean') throw new SerdeError(`boolean() holds true or false and was given ${typeof value}`)
    return Buffer.from([value ? 1 : 0])
  },
  decode(bytes: Buffer, start: number, end: number) {
    expectLength('boolean()', start, end, 1)
    if (bytes[start] > 1) throw new SerdeError(`boolean() reads 0 or 1 and was given ${bytes[start]}`)
    return bytes[start] === 1
  },
})

/** True or false as one byte. @throws SerdeError for anything else. */
export function boolean(): Serde<boolean> {
  return serde
}
