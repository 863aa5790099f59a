/**
 * Keys of a store's database: one byte that says what it is, then the key. LMDB takes no empty key and a store does; and
 * the changelog offset must lie in the same database, so that one transaction holds both.
 *
 * In JavaScript a store's key is its byte string; a number is one of the store's own entries, `END` lies behind all.
 */

/** Behind every key. */
export const END = -1
/** The changelog offset. */
export const OFFSET = 0
/** Ranges that are dropped but not yet removed. */
export const DROPPED = 1

/** LMDB's limit for 4 KiB pages, without the first byte. */
export const MAX_KEY_BYTES = 1977

export type StateKey = string | number

const OWN = 0
const DATA = 1
const BEHIND = 2

export const stateKeyEncoder: {
  writeKey(key: StateKey, target: Buffer, position: number): number
  readKey(target: Buffer, start: number, end: number): StateKey
} = {
  writeKey(key, target, position) {
    if (typeof key === 'number') {
      target[position] = key === END ? BEHIND : OWN
      target[position + 1] = key & 255
      return position + 2
    }
    const { length } = key
    target[position] = DATA
    const start = position + 1
    if (length > 48) target.write(key, start, 'latin1')
    else for (let at = 0; at < length; at++) target[start + at] = key.charCodeAt(at)
    return start + length
  },
  readKey(target, start, end) {
    return target[start] === DATA ? target.toString('latin1', start + 1, end) : target[start + 1]
  },
}
