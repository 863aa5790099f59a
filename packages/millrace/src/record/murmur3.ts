/**
 * Murmur3, 128 bit, x64, with Kafka Streams' seed: the hash by which foreign-key joins know a left value again.
 *
 * 64-bit arithmetic in 32-bit halves: BigInt would cost an allocation for each step. The registers are the module's, so one
 * hash runs at a time, as everything here is synchronous.
 */

const SEED = 104729

const C1_HI = 0x87c37b91
const C1_LO = 0x114253d5
const C2_HI = 0x4cf5ad43
const C2_LO = 0x2745937f

/** The last result of the arithmetic below. */
let hi = 0
let lo = 0

function multiply(aHi: number, aLo: number, bHi: number, bLo: number): void {
  const a0 = aLo & 0xffff
  const a1 = aLo >>> 16
  const b0 = bLo & 0xffff
  const b1 = bLo >>> 16
  const low = a0 * b0
  const middle = a1 * b0 + (low >>> 16)
  const other = a0 * b1 + (middle & 0xffff)
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
  lo = ((other & 0xffff) << 16) | (low & 0xffff)
  hi = (Math.imul(aHi, bLo) + Math.imul(aLo, bHi) + carry) | 0
}

function add(aHi: number, aLo: number, bHi: number, bLo: number): void {
  const low = (aLo >>> 0) + (bLo >>> 0)
  lo = low | 0
  hi = (aHi + bHi + (low > 0xffffffff ? 1 : 0)) | 0
}

function rotate(aHi: number, aLo: number, bits: number): void {
  const swapped = bits >= 32
  const high = swapped ? aLo : aHi
  const low = swapped ? aHi : aLo
  const by = bits & 31
  hi = (high << by) | (low >>> (32 - by))
  lo = (low << by) | (high >>> (32 - by))
}

/** k1 * c1, rotated by 31, * c2. */
function mixFirst(aHi: number, aLo: number): void {
  multiply(aHi, aLo, C1_HI, C1_LO)
  rotate(hi, lo, 31)
  multiply(hi, lo, C2_HI, C2_LO)
}

/** k2 * c2, rotated by 33, * c1. */
function mixSecond(aHi: number, aLo: number): void {
  multiply(aHi, aLo, C2_HI, C2_LO)
  rotate(hi, lo, 33)
  multiply(hi, lo, C1_HI, C1_LO)
}

function finish(aHi: number, aLo: number): void {
  multiply(aHi, aLo ^ (aHi >>> 1), 0xff51afd7, 0xed558ccd)
  multiply(hi, lo ^ (hi >>> 1), 0xc4ceb9fe, 0x1a85ec53)
  lo ^= hi >>> 1
}

/** A word of up to 8 bytes, little-endian, zeros where the bytes end. */
function read(bytes: Uint8Array, at: number, end: number): void {
  lo = read32(bytes, at, end)
  hi = read32(bytes, at + 4, end)
}

function read32(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  let word = 0
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) word = (word << 8) | bytes[i]
  return word
}

/** The hash's 16 bytes: two long integers, big-endian. */
export function murmur3(bytes: Uint8Array): Buffer {
  const length = bytes.length
  const blocksEnd = length & ~15
  let h1Hi = 0
  let h1Lo = SEED
  let h2Hi = 0
  let h2Lo = SEED
  for (let at = 0; at < blocksEnd; at += 16) {
    read(bytes, at, length)
    mixFirst(hi, lo)
    rotate(h1Hi ^ hi, h1Lo ^ lo, 27)
    add(hi, lo, h2Hi, h2Lo)
    multiply(hi, lo, 0, 5)
    add(hi, lo, 0, 0x52dce729)
    h1Hi = hi
    h1Lo = lo
    read(bytes, at + 8, length)
    mixSecond(hi, lo)
    rotate(h2Hi ^ hi, h2Lo ^ lo, 31)
    add(hi, lo, h1Hi, h1Lo)
    multiply(hi, lo, 0, 5)
    add(hi, lo, 0, 0x38495ab5)
    h2Hi = hi
    h2Lo = lo
  }
  if (length - blocksEnd > 8) {
    read(bytes, blocksEnd + 8, length)
    mixSecond(hi, lo)
    h2Hi ^= hi
    h2Lo ^= lo
  }
  if (length > blocksEnd) {
    read(bytes, blocksEnd, length)
    mixFirst(hi, lo)
    h1Hi ^= hi
    h1Lo ^= lo
  }
  add(h1Hi, h1Lo ^ length, h2Hi, h2Lo ^ length)
  h1Hi = hi
  h1Lo = lo
  add(h2Hi, h2Lo ^ length, h1Hi, h1Lo)
  h2Hi = hi
  h2Lo = lo
  finish(h1Hi, h1Lo)
  h1Hi = hi
  h1Lo = lo
  finish(h2Hi, h2Lo)
  h2Hi = hi
  h2Lo = lo
  add(h1Hi, h1Lo, h2Hi, h2Lo)
  const hash = Buffer.allocUnsafe(16)
  hash.writeInt32BE(hi, 0)
  hash.writeInt32BE(lo, 4)
  add(h2Hi, h2Lo, hi, lo)
  hash.writeInt32BE(hi, 8)
  hash.writeInt32BE(lo, 12)
  return hash
}
