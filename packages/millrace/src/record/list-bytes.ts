/**
 * A list of byte arrays as Kafka's ListSerde writes it over byte arrays (reference 2.6): strategy 1 (variable size), count,
 * then each with its length, -1 for null.
 */

import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { SerdeError } from './errors.ts'

const VARIABLE_SIZE = 1

export function encodeList(values: readonly (Uint8Array | null)[]): Uint8Array {
  let size = 5
  for (const value of values) size += 4 + (value?.length ?? 0)
  const writer = new ByteWriter(size).int8(VARIABLE_SIZE).int32(values.length)
  for (const value of values) writer.sized(value)
  return writer.bytes
}

/** @throws SerdeError for another strategy or malformed bytes */
export function decodeList(bytes: Uint8Array): (Uint8Array | null)[] {
  const reader = new ByteReader(bytes)
  const strategy = reader.int8()
  if (strategy !== VARIABLE_SIZE) throw new SerdeError(`a list of bytes has strategy 1, and this one ${strategy}`)
  const count = reader.int32()
  const values: (Uint8Array | null)[] = []
  for (let index = 0; index < count; index++) values.push(reader.sized())
  return values
}
