/**
 * Java's long at a position of a buffer: 8 bytes, big-endian, two's complement, as a number that must be exact.
 * Written without BigInt, which would allocate on the hottest path of windows.
 */

const HIGH = 0x100000000

/** Writes `value` (|value| ≤ 2^53) at `at`. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / HIGH)
  const low = value - high * HIGH
  bytes[at] = high >> 24
  bytes[at + 1] = high >> 16
  bytes[at + 2] = high >> 8
  bytes[at + 3] = high
  bytes[at + 4] = low >>> 24
  bytes[at + 5] = low >>> 16
  bytes[at + 6] = low >>> 8
  bytes[at + 7] = low
}

/** Reads 8 bytes at `at`; beyond ±2^53 the result is the nearest number. */
export function readInt64(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
  const low = ((bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7]) >>> 0
  return high * HIGH + low
}

/** Writes a 32-bit integer, big-endian. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
