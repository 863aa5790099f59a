/**
 * Text as UTF-8, as Kafka's StringSerializer writes it. An unpaired surrogate, which UTF-8 cannot say, becomes U+FFFD
 * (Java writes `?`), so such a string does not come back as it went.
 */

import { asciiText, isAscii } from '../ascii-text.ts'
import { SerdeError } from '../errors.ts'
import type { Serde } from '../serde.ts'

/** Longer text is read faster by Node. */
const SHORT = 12

const serde: Serde<string> = Object.freeze({
  name: 'string',
  decodesCopies: true,
  decodesFast: true,
  encode: (value: string) => Buffer.from(text(value), 'utf8'),
  decode: (bytes: Buffer, start: number, end: number) =>
    end - start <= SHORT && isAscii(bytes, start, end)
      ? asciiText(bytes, start, end)
      : bytes.toString('utf8', start, end),
  text,
  fromText: (ascii: string) => ascii,
})

/** Strings as UTF-8. @throws SerdeError for a value that is no string. */
export function string(): Serde<string> {
  return serde
}

function text(value: string): string {
  if (typeof value === 'string') return value
  throw new SerdeError(
    `string() was given ${describe(value)}: give the topic or operator a serde for this type, e.g. json(), or map to a string first`,
  )
}

function describe(value: unknown): string {
  return typeof value === 'object' ? `an object (${JSON.stringify(value)?.slice(0, 80)})` : `a ${typeof value}`
}
