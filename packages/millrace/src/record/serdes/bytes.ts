/** Bytes as they are. Decoding copies, so that the value does not pin the buffer it was read from (law 3). */

import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'

/** Up to this length V8 keeps a typed array's bytes in the young generation; above it each would be a malloc of its own. */
const ON_HEAP = 64
/** As Node's own pool for Buffers, and as there only up to half of it is shared. */
const POOL_SIZE = 8192

let pool = Buffer.allocUnsafeSlow(POOL_SIZE)
let used = 0

function copied(bytes: Buffer, start: number, end: number): Uint8Array {
  const length = end - start
  if (length <= ON_HEAP || length > POOL_SIZE >>> 1) return new Uint8Array(bytes.subarray(start, end))
  if (used + length > POOL_SIZE) {
    pool = Buffer.allocUnsafeSlow(POOL_SIZE)
    used = 0
  }
  bytes.copy(pool, used, start, end)
  const copy = new Uint8Array(pool.buffer, used, length)
  used = (used + length + 7) & ~7
  return copy
}

const serde: Serde<Uint8Array> = Object.freeze({
  name: 'bytes',
  decodesCopies: true,
  decodesFast: true,
  encode(value: Uint8Array) {
    if (!(value instanceof Uint8Array)) throw new SerdeError(`bytes() holds Uint8Arrays and was given ${typeof value}`)
    return value
  },
  decode: copied,
})

/** Raw bytes. The array given is written as it is: do not change it afterwards. @throws SerdeError for other types. */
export function bytes(): Serde<Uint8Array> {
  return serde
}
