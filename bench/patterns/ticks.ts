/**
 * The events of the bench, made from their number alone, so that Flink's peer (`flink/`) makes the same: 1,000 keys, 10 types,
 * one event a millisecond. Over a million of them the sum of 10 · key + type is 4,999,300,074.
 */

export interface Tick {
  readonly key: number
  readonly type: number
  readonly timestamp: number
}

export const KEYS = 1000

/** The 64-bit constant 0x9E3779B97F4A7C15. */
const HIGH = 0x9e3779b9
const LOW = 0x7f4a7c15

/** Event `i`: i × the constant, its halves mixed, 31 bits of it. */
export function tick(i: number): Tick {
  const low = Math.imul(i, LOW)
  const high = (Math.imul(i, HIGH) + highHalf(i, LOW)) | 0
  const r = (low ^ high) & 0x7fffffff
  return { key: r % KEYS, type: Math.floor(r / KEYS) % 10, timestamp: i }
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function highHalf(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const middle = a1 * b0 + ((a0 * b0) >>> 16)
  const carry = (middle & 0xffff) + a0 * b1
  return a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)
}
