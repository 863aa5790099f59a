/**
 * For a source whose values nobody looks at, such as a repartition in front of a count: whether there is a value, without
 * decoding it. Only for serdes that can tell (`isNull`); others, and values that are bad, are the inner serde's affair.
 */

import { type DeferredSerde, deferSerde } from './deferred-serde.ts'
import type { Serde } from './serde.ts'

/** What stands for a value that was not decoded. */
const PRESENT: unknown = Object.freeze({ toString: () => '(a value that nobody reads)' })

/** @param serde the values' serde; undefined: the app's default one */
export function presenceSerde(serde: Serde<unknown> | undefined): Serde<unknown> {
  if (serde === undefined) return deferSerde('default', presenceSerde)
  if ('withDefault' in serde) {
    return deferSerde(serde.name, (inner) => presenceSerde((serde as DeferredSerde<unknown>).withDefault(inner)))
  }
  const isNull = serde.isNull?.bind(serde)
  if (isNull === undefined) return serde
  return Object.freeze({
    name: serde.name,
    decodesCopies: true,
    encode: serde.encode.bind(serde),
    decode: (bytes: Buffer, start: number, end: number) => (isNull(bytes, start, end) ? null : PRESENT),
  })
}
