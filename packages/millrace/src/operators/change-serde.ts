/**
 * How changes are written to the repartition topic of a grouped table (reference 2.8, KIP-904): the last byte says whether
 * the old value (0), the new one (1) or both (2) are there; with both, the new one's length comes first. 3, 4 and 5 are the
 * same with a byte for "is the latest" before the flag: they are read, never written.
 */

import { Change } from '../processor/change.ts'
import { SerdeError } from '../record/errors.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { readVarint, varintEnd, varintSize, writeVarint } from '../record/varint.ts'

const OLD = 0
const NEW = 1
const BOTH = 2
/** Added to the flag where a byte before it says whether the change is the latest. */
const WITH_LATEST = 3

export function changeSerde<V>(inner: Serde<V>): Serde<Change<V>> {
  return Object.freeze({
    name: `change(${inner.name})`,
    encode(change: Change<V>, context: SerdeContext): Uint8Array {
      const newBytes = change.newValue === null ? undefined : inner.encode(change.newValue, context)
      const oldBytes = change.oldValue === null ? undefined : inner.encode(change.oldValue, context)
      if (newBytes !== undefined && oldBytes !== undefined) return both(newBytes, oldBytes)
      if (newBytes !== undefined) return one(newBytes, NEW)
      if (oldBytes !== undefined) return one(oldBytes, OLD)
      throw new SerdeError('A change must have an old or a new value to be repartitioned; this one has neither.')
    },
    decode(bytes: Buffer, start: number, end: number, context: SerdeContext): Change<V> {
      const flag = bytes[end - 1]
      if (end <= start || flag > BOTH + WITH_LATEST) {
        throw new SerdeError(`This is no change of a table: its last byte is ${flag}, which is none of 0 to 5.`)
      }
      const withLatest = flag >= WITH_LATEST
      const isLatest = withLatest ? bytes[end - 2] === 1 : true
      const last = withLatest ? end - 2 : end - 1
      const what = withLatest ? flag - WITH_LATEST : flag
      if (what === OLD) return new Change<V>(null, inner.decode(bytes, start, last, context), isLatest)
      if (what === NEW) return new Change<V>(inner.decode(bytes, start, last, context), null, isLatest)
      const length = readVarint(bytes, start)
      const newStart = varintEnd
      const newValue = inner.decode(bytes, newStart, newStart + length, context)
      return new Change(newValue, inner.decode(bytes, newStart + length, last, context), isLatest)
    },
  })
}

function one(value: Uint8Array, flag: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(value.length + 1)
  bytes.set(value)
  bytes[value.length] = flag
  return bytes
}

function both(newBytes: Uint8Array, oldBytes: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(varintSize(newBytes.length) + newBytes.length + oldBytes.length + 1)
  const newStart = writeVarint(bytes, 0, newBytes.length)
  bytes.set(newBytes, newStart)
  bytes.set(oldBytes, newStart + newBytes.length)
  bytes[bytes.length - 1] = BOTH
  return bytes
}
