/**
 * Short ASCII text out of bytes without a call into native code, which costs more than the few bytes do: keys, enumerations,
 * dates. Long text is left to Node, and so is whatever is not ASCII: the caller looks.
 */

const code = String.fromCharCode

/** True if no byte of the range is beyond ASCII. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0
  for (let at = start; at < end; at++) seen |= bytes[at]
  return seen < 0x80
}

/** The text of bytes that are ASCII. */
export function asciiText(b: Buffer, s: number, end: number): string {
  switch (end - s) {
    case 0:
      return ''
    case 1:
      return code(b[s])
    case 2:
      return code(b[s], b[s + 1])
    case 3:
      return code(b[s], b[s + 1], b[s + 2])
    case 4:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3])
    case 5:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4])
    case 6:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5])
    case 7:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5], b[s + 6])
    case 8:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5], b[s + 6], b[s + 7])
    case 9:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5], b[s + 6], b[s + 7], b[s + 8])
    case 10:
      return code(b[s], b[s + 1], b[s + 2], b[s + 3], b[s + 4], b[s + 5], b[s + 6], b[s + 7], b[s + 8], b[s + 9])
    case 11:
      return code(
        b[s],
        b[s + 1],
        b[s + 2],
        b[s + 3],
        b[s + 4],
        b[s + 5],
        b[s + 6],
        b[s + 7],
        b[s + 8],
        b[s + 9],
        b[s + 10],
      )
    case 12:
      return code(
        b[s],
        b[s + 1],
        b[s + 2],
        b[s + 3],
        b[s + 4],
        b[s + 5],
        b[s + 6],
        b[s + 7],
        b[s + 8],
        b[s + 9],
        b[s + 10],
        b[s + 11],
      )
    default:
      return b.toString('latin1', s, end)
  }
}
