/** Bytes as they are. Decoding copies, so that the value does not pin the buffer it was read from (law 3). */

import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'

const serde: Serde<Uint8Array> = Object.freeze({
  name: 'bytes',
  decodesFast: true,
  encode(value: Uint8Array) {
    if (!(value instanceof Uint8Array)) throw new SerdeError(`bytes() holds Uint8Arrays and was given ${typeof value}`)
    return value
  },
  decode: (bytes: Buffer, start: number, end: number) => new Uint8Array(bytes.subarray(start, end)),
})

/** Raw bytes. The array given is written as it is: do not change it afterwards. @throws SerdeError for other types. */
export function bytes(): Serde<Uint8Array> {
  return serde
}
