/**
 * Kafka's zig-zag varints (int32) and varlongs (int64) at a position of a buffer, without allocation.
 *
 * Reading more than one value would need two results, so a reader leaves the position behind it in `varintEnd`; the hot
 * decode loop inlines the one-byte case and comes here only for longer ones. Varlongs are exact below 2^53: those are the
 * offsets and timestamps that a JavaScript number can say.
 */

/** Position behind the varint that was read last. */
export let varintEnd = 0

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}

/** Bytes a varint takes. */
export function varintSize(value: number): number {
  const bits = zigzag(value)
  return bits < 0x80 ? 1 : bits < 0x4000 ? 2 : bits < 0x200000 ? 3 : bits < 0x10000000 ? 4 : 5
}

/** Writes a varint; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let bits = zigzag(value)
  let position = at
  while (bits >= 0x80) {
    bytes[position++] = (bits & 0x7f) | 0x80
    bits >>>= 7
  }
  bytes[position++] = bits
  return position
}

/** Reads a varint; the position behind it is in `varintEnd`. */
export function readVarint(bytes: Uint8Array, at: number): number {
  let position = at
  let byte = bytes[position++]
  let bits = byte & 0x7f
  for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
    byte = bytes[position++]
    bits |= (byte & 0x7f) << shift
  }
  varintEnd = position
  return (bits >>> 1) ^ -(bits & 1)
}

/** Zig-zag of an int64 as an exact number, or -1 where it needs 53 bits and more. */
function wideZigzag(value: number): number {
  const bits = value >= 0 ? value * 2 : -value * 2 - 1
  return bits <= Number.MAX_SAFE_INTEGER ? bits : -1
}

function isInt32(value: number): boolean {
  return (value | 0) === value
}

/** Bytes a varlong takes. */
export function varlongSize(value: number): number {
  if (isInt32(value)) return varintSize(value)
  let bits = wideZigzag(value)
  if (bits < 0) return 8
  let size = 1
  for (; bits >= 0x80; size++) bits = Math.floor(bits / 0x80)
  return size
}

/** Writes a varlong (|value| < 2^53); returns the position behind it. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (isInt32(value)) return writeVarint(bytes, at, value)
  let bits = wideZigzag(value)
  if (bits < 0) return writeWidest(bytes, at, value)
  let position = at
  while (bits >= 0x80) {
    const rest = Math.floor(bits / 0x80)
    bytes[position++] = (bits - rest * 0x80) | 0x80
    bits = rest
  }
  bytes[position++] = bits
  return position
}

function writeWidest(bytes: Uint8Array, at: number, value: number): number {
  const wide = BigInt(value)
  let bits = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  let position = at
  while (bits >= 0x80n) {
    bytes[position++] = Number(bits & 0x7fn) | 0x80
    bits >>= 7n
  }
  bytes[position++] = Number(bits)
  return position
}

/** Reads a varlong; the position behind it is in `varintEnd`. */
export function readVarlong(bytes: Uint8Array, at: number): number {
  let position = at
  let byte = bytes[position++]
  let low = byte & 0x7f
  for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
    byte = bytes[position++]
    low |= (byte & 0x7f) << shift
  }
  if (byte < 0x80) {
    varintEnd = position
    return (low >>> 1) ^ -(low & 1)
  }
  let high = 0
  for (let scale = 1, more = 0; byte >= 0x80 && more < 6; scale *= 0x80, more++) {
    byte = bytes[position++]
    high += (byte & 0x7f) * scale
  }
  varintEnd = position
  const bits = high * 0x10000000 + low
  if (bits > Number.MAX_SAFE_INTEGER) return Number(BigInt.asIntN(64, decodeWidest(high, low)))
  return (low & 1) === 1 ? -(bits + 1) / 2 : bits / 2
}

function decodeWidest(high: number, low: number): bigint {
  const bits = BigInt(high) * 0x10000000n + BigInt(low)
  return (bits >> 1n) ^ -(bits & 1n)
}
