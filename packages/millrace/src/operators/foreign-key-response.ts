/**
 * Responses: what the right side of a foreign-key join answers to a row of the left side (reference 2.9): the right value,
 * and the hash of the left value it was asked for. The partition it goes to is not written.
 */

import { deferSerde } from '../record/deferred-serde.ts'
import { SerdeError } from '../record/errors.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { HASH_BYTES, HASH_IS_NULL, VERSION_MASK } from './foreign-key-subscription.ts'

export interface ForeignKeyResponse<V> {
  readonly hash: Uint8Array | null
  readonly value: V | null
  readonly primaryPartition: number | undefined
}

/** @param inner serde of the right values; undefined: the app's default */
export function responseSerde<V>(inner: Serde<V> | undefined): Serde<ForeignKeyResponse<V>> {
  return inner === undefined ? deferSerde('response(default)', (value) => around(value as Serde<V>)) : around(inner)
}

function around<V>(inner: Serde<V>): Serde<ForeignKeyResponse<V>> {
  const encoder = inner.encoder?.(0)
  return Object.freeze({
    name: `response(${inner.name})`,
    encode({ hash, value }: ForeignKeyResponse<V>, context: SerdeContext): Uint8Array {
      const encoded = value === null ? undefined : (encoder?.write(value) ?? inner.encode(value, context))
      const valueStart = hash === null ? 1 : 1 + HASH_BYTES
      const bytes = Buffer.allocUnsafe(valueStart + (encoded?.length ?? 0))
      bytes[0] = hash === null ? HASH_IS_NULL : 0
      if (hash !== null) bytes.set(hash, 1)
      if (encoded !== undefined) bytes.set(encoded, valueStart)
      return bytes
    },
    decode(bytes: Buffer, start: number, end: number, context: SerdeContext): ForeignKeyResponse<V> {
      const version = bytes[start] & VERSION_MASK
      const hasHash = (bytes[start] & HASH_IS_NULL) === 0
      const valueStart = hasHash ? start + 1 + HASH_BYTES : start + 1
      if (version !== 0 || valueStart > end) {
        throw new SerdeError(
          `This is no response of a foreign-key join that can be read here (version ${version}, ${end - start} bytes). ` +
            'Was the topic written by a newer Kafka Streams?',
        )
      }
      return {
        hash: hasHash ? Uint8Array.prototype.slice.call(bytes, start + 1, valueStart) : null,
        value: valueStart === end ? null : inner.decode(bytes, valueStart, end, context),
        primaryPartition: undefined,
      }
    },
  })
}
