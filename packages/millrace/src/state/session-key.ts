/**
 * Keys of session stores (reference 2.4), as byte strings: `key || end || start` in the changelog and on topics, end first
 * for walking all keys by time.
 */

import { int64At, int64String } from './byte-string.ts'

/** Bytes behind the key: end and start. */
export const SESSION_SUFFIX = 16

export interface SessionKey {
  readonly key: string
  readonly start: number
  readonly end: number
}

/** The changelog's key. */
export function sessionKey({ key, start, end }: SessionKey): string {
  return key + int64String(end) + int64String(start)
}

export function parseSessionKey(bytes: string): SessionKey {
  const at = bytes.length - SESSION_SUFFIX
  return { key: bytes.slice(0, at), end: int64At(bytes, at), start: int64At(bytes, at + 8) }
}

/** Kafka Streams' key in stores that emission on close walks: `0x00 || end || start || key`. */
export function timeFirstSessionKey({ key, start, end }: SessionKey): string {
  return `\0${int64String(end)}${int64String(start)}${key}`
}

export function parseTimeFirstSessionKey(bytes: string): SessionKey {
  return { key: bytes.slice(17), end: int64At(bytes, 1), start: int64At(bytes, 9) }
}

/** Kafka Streams' index of those stores: `0x01 || key || end || start`. */
export function keyFirstSessionKey(parts: SessionKey): string {
  return `\x01${sessionKey(parts)}`
}
