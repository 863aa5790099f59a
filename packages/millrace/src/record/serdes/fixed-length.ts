/**
 * Fails on bytes of the wrong length, as Kafka's numeric deserializers do: a number read from the wrong topic is worse
 * than an error.
 */

import { SerdeError } from '../errors.ts'

export function expectLength(serde: string, start: number, end: number, length: number): void {
  if (end - start === length) return
  throw new SerdeError(
    `${serde} reads exactly ${length} bytes and was given ${end - start}: the topic holds another type, give it the serde it was written with`,
  )
}
