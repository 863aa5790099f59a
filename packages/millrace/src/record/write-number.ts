/**
 * Numbers as JavaScript says them (`String(value)`), written as ASCII straight into bytes. Whole numbers and short decimals,
 * which are nearly all there are in records, go digit by digit; every other one by way of a string.
 */

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
/** Digits that are split off at once: they fit 32 bits. */
const CHUNK = 1e9
const CHUNK_DIGITS = 9
/** Below it a decimal has at most 15 digits. No two of those are the same number, so the one found is the shortest. */
const EXACT = 1e15
const POWERS = [1, 10, 100, 1000, 10_000]
/** Two digits at once, by their number. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, pair) => ((ZERO + ((pair / 10) | 0)) << 8) | (ZERO + (pair % 10)))

/** Bytes that no number needs more than. */
export const LONGEST_NUMBER = 32

/** Writes a finite number. The caller has seen to the room. @returns where it ends */
export function writeNumber(bytes: DataView, start: number, value: number): number {
  let at = start
  let rest = value
  if (rest < 0) {
    bytes.setUint8(at++, MINUS)
    rest = -rest
  }
  if (rest < EXACT) {
    const whole = Math.floor(rest)
    if (whole === rest) return writeWhole(bytes, at, rest)
    for (let decimals = 1; decimals < POWERS.length; decimals++) {
      const power = POWERS[decimals]
      const scaled = Math.round(rest * power)
      if (scaled >= EXACT) break
      if (scaled / power !== rest) continue
      at = writeWhole(bytes, at, whole)
      bytes.setUint8(at++, POINT)
      return writeDigits(bytes, at + decimals, scaled - whole * power, decimals)
    }
  }
  return writeText(bytes, start, String(value))
}

function writeWhole(bytes: DataView, start: number, value: number): number {
  if (value < CHUNK) {
    const digits = digitsOf(value)
    return writeDigits(bytes, start + digits, value, digits)
  }
  const high = Math.floor(value / CHUNK)
  const at = writeWhole(bytes, start, high)
  return writeDigits(bytes, at + CHUNK_DIGITS, value - high * CHUNK, CHUNK_DIGITS)
}

/** The last digits of a number below 2^31, so many that they end at a position. */
function writeDigits(bytes: DataView, end: number, value: number, digits: number): number {
  let rest = value | 0
  let at = end
  for (let left = digits; left > 1; left -= 2) {
    const quotient = (rest / 100) | 0
    at -= 2
    bytes.setUint16(at, PAIRS[rest - quotient * 100])
    rest = quotient
  }
  if ((digits & 1) === 1) bytes.setUint8(at - 1, ZERO + rest)
  return end
}

function digitsOf(value: number): number {
  if (value < 10) return 1
  if (value < 100) return 2
  if (value < 1000) return 3
  if (value < 10_000) return 4
  if (value < 100_000) return 5
  if (value < 1_000_000) return 6
  if (value < 10_000_000) return 7
  return value < 100_000_000 ? 8 : 9
}

function writeText(bytes: DataView, start: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes.setUint8(start + index, text.charCodeAt(index))
  return start + text.length
}
