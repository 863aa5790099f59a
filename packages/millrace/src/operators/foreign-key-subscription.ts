/**
 * Subscriptions: what the left side of a foreign-key join sends to the right side, and what is kept there (reference 2.9).
 *
 * A subscription says which row (by its serialised key and partition) wants the value of a foreign key, whether and when to
 * answer, and the hash of the row's value, by which the answer is known to be fresh. Keys stay bytes: the right side never
 * looks into them.
 */

import { SerdeError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'

/** Forget the subscription; no answer. */
export const DELETE_NO_PROPAGATE = 0
/** Forget the subscription, and answer with null. */
export const DELETE_AND_PROPAGATE = 1
/** Subscribe, and answer, with null if there is no row. */
export const PROPAGATE_NULL_IF_NO_ROW = 2
/** Subscribe, and answer if there is a row. */
export const PROPAGATE_ONLY_IF_ROW = 3

export type Instruction =
  | typeof DELETE_NO_PROPAGATE
  | typeof DELETE_AND_PROPAGATE
  | typeof PROPAGATE_NULL_IF_NO_ROW
  | typeof PROPAGATE_ONLY_IF_ROW

export interface Subscription {
  readonly instruction: Instruction
  /** Of the left value; null where there is none. */
  readonly hash: Uint8Array | null
  readonly primaryKey: Uint8Array
  /** Where the answer goes. Undefined in version 0 (before Kafka Streams 3.4). */
  readonly primaryPartition: number | undefined
}

export const HASH_BYTES = 16
export const HASH_IS_NULL = 0x80
export const VERSION_MASK = 0x7f
const PARTITION_BYTES = 4

export const subscriptionSerde: Serde<Subscription> = Object.freeze({
  name: 'subscription',
  encode({ instruction, hash, primaryKey, primaryPartition }: Subscription): Uint8Array {
    const version = primaryPartition === undefined ? 0 : 1
    const hashLength = hash === null ? 0 : HASH_BYTES
    const keyStart = 2 + hashLength
    const bytes = Buffer.allocUnsafe(keyStart + primaryKey.length + (version === 1 ? PARTITION_BYTES : 0))
    bytes[0] = hash === null ? version | HASH_IS_NULL : version
    bytes[1] = instruction
    if (hash !== null) bytes.set(hash, 2)
    bytes.set(primaryKey, keyStart)
    if (primaryPartition !== undefined) bytes.writeInt32BE(primaryPartition, keyStart + primaryKey.length)
    return bytes
  },
  decode(bytes: Buffer, start: number, end: number): Subscription {
    const version = bytes[start] & VERSION_MASK
    const instruction = bytes[start + 1]
    const hashEnd = (bytes[start] & HASH_IS_NULL) === 0 ? start + 2 + HASH_BYTES : start + 2
    const keyEnd = version === 0 ? end : end - PARTITION_BYTES
    if (version > 1 || instruction > PROPAGATE_ONLY_IF_ROW || keyEnd < hashEnd) {
      throw new SerdeError(
        `This is no subscription of a foreign-key join that can be read here (version ${version}, instruction ` +
          `${instruction}, ${end - start} bytes). Was the topic written by a newer Kafka Streams?`,
      )
    }
    return {
      instruction: instruction as Instruction,
      hash: hashEnd === start + 2 ? null : copy(bytes, start + 2, hashEnd),
      primaryKey: copy(bytes, hashEnd, keyEnd),
      primaryPartition: version === 0 ? undefined : bytes.readInt32BE(keyEnd),
    }
  },
})

/** A copy, so that what is kept does not pin the buffer it was read from (law 3). */
function copy(bytes: Buffer, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end)
}

/** The length of the foreign key and its bytes: what all subscriptions to it begin with in the store. */
export function subscriptionPrefix(foreignKey: Uint8Array, spare = 0): Buffer {
  const prefix = Buffer.allocUnsafe(4 + foreignKey.length + spare)
  prefix.writeInt32BE(foreignKey.length, 0)
  prefix.set(foreignKey, 4)
  return prefix
}

/** A subscription's key in the store: one for each foreign and primary key. */
export function subscriptionKey(foreignKey: Uint8Array, primaryKey: Uint8Array): Buffer {
  const key = subscriptionPrefix(foreignKey, primaryKey.length)
  key.set(primaryKey, 4 + foreignKey.length)
  return key
}
