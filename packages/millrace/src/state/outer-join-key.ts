/**
 * Bytes of the store that an outer join's sides share (reference 2.4, 2.6): key `timestamp || side || key`, value
 * `side || value`, the side being 1 for left and 0 for right.
 */

import { int64At, int64String } from './byte-string.ts'

export type JoinSide = 'left' | 'right'

/** Bytes before the key: timestamp and side. */
const KEY_AT = 9

/** @param key the serialised key as a byte string */
export function outerJoinKey(timestamp: number, side: JoinSide, key: string): string {
  return int64String(timestamp) + (side === 'left' ? '\x01' : '\0') + key
}

export function parseOuterJoinKey(bytes: string): { timestamp: number; side: JoinSide; key: string } {
  return { timestamp: int64At(bytes, 0), side: bytes[8] === '\x01' ? 'left' : 'right', key: bytes.slice(KEY_AT) }
}

/** A value with its side in front. */
export function outerJoinValue(side: JoinSide, value: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(value.length + 1)
  bytes[0] = side === 'left' ? 1 : 0
  bytes.set(value, 1)
  return bytes
}
