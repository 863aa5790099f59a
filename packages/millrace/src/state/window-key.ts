/**
 * Keys of window stores (reference 2.4), as byte strings: `key || start || sequence` in the changelog, time first for
 * walking all keys by time, key first for finding a key's windows in a store that is kept by time.
 */

import { int32At, int32String, int64At, int64String } from './byte-string.ts'

/** Bytes behind the key: start and sequence. */
export const WINDOW_SUFFIX = 12
export const NO_SEQUENCE = '\0\0\0\0'

export interface WindowKey {
  readonly key: string
  readonly start: number
  readonly sequence: number
}

/** The changelog's key. */
export function windowKey({ key, start, sequence }: WindowKey): string {
  return key + int64String(start) + int32String(sequence)
}

export function parseWindowKey(bytes: string): WindowKey {
  const at = bytes.length - WINDOW_SUFFIX
  return { key: bytes.slice(0, at), start: int64At(bytes, at), sequence: int32At(bytes, at + 8) }
}

/** Kafka Streams' key in stores that emission on close walks: `0x00 || start || key || sequence`. */
export function timeFirstWindowKey({ key, start, sequence }: WindowKey): string {
  return `\0${int64String(start)}${key}${int32String(sequence)}`
}

export function parseTimeFirstWindowKey(bytes: string): WindowKey {
  return { key: bytes.slice(9, -4), start: int64At(bytes, 1), sequence: int32At(bytes, bytes.length - 4) }
}

/** Kafka Streams' index of those stores: `0x01 || key || start || sequence`. */
export function keyFirstWindowKey(parts: WindowKey): string {
  return `\x01${windowKey(parts)}`
}
