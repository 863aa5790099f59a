/**
 * One hash of a key, whether it comes as a byte string or as bytes in a buffer: four bytes a step, mixed at the end, so
 * that its high bits choose a part of the table and its low bits a slot. Deterministic: a run can be repeated.
 */

const STEP = 0x9e3779b1

export function hashOfString(key: string): number {
  const { length } = key
  let hash = length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    const word =
      key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24)
    hash = Math.imul(hash ^ word, STEP)
    hash ^= hash >>> 15
  }
  for (; at < length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), STEP)
  return mixed(hash)
}

export function hashOfBytes(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length
  let hash = length
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    hash = Math.imul(hash ^ word, STEP)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], STEP)
  return mixed(hash)
}

function mixed(hash: number): number {
  let mix = hash ^ (hash >>> 16)
  mix = Math.imul(mix, 0x85ebca6b)
  mix ^= mix >>> 13
  mix = Math.imul(mix, 0xc2b2ae35)
  return mix ^ (mix >>> 16)
}
