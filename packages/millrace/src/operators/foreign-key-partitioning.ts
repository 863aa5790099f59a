/**
 * Where the messages of a foreign-key join go: a subscription to the right row's partition, a response to the partition its
 * subscription came from. Tables that are not partitioned by their key's hash bring their own partitioner, which must give
 * one partition.
 */

import type { StreamPartitioner } from '../plan/topology.ts'
import { StreamsError, TopologyError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { ForeignKeyResponse } from './foreign-key-response.ts'

/** The partition of a row, by its key alone; undefined: the default one. */
export type PrimaryKeyPartitioner<K> = (topic: string, key: K, partitions: number) => number | undefined

export function otherPartitioning<KO>(
  partitioner: PrimaryKeyPartitioner<KO> | undefined,
): StreamPartitioner<KO, unknown> | undefined {
  if (partitioner === undefined) return undefined
  return (topic, key, _value, partitions) => onePartition(partitioner(topic, key, partitions))
}

/** @throws TopologyError if there is a partitioner and the left table's key serde was not given */
export function responsePartitioning<K>(
  partitioner: PrimaryKeyPartitioner<K> | undefined,
  keySerde: Serde<K> | undefined,
): StreamPartitioner<Uint8Array, ForeignKeyResponse<unknown>> {
  if (partitioner === undefined) return (_topic, _key, response) => response.primaryPartition
  if (keySerde === undefined) {
    throw new TopologyError(
      'A foreign-key join with a `partitioner` needs the key serde of its left table: give it there.',
    )
  }
  return (topic, key, _response, partitions) => {
    const decoded = keySerde.decode(Buffer.from(key), 0, key.length, { topic, isKey: true })
    return onePartition(partitioner(topic, decoded, partitions))
  }
}

function onePartition(partition: number | undefined): number | undefined {
  if (partition === undefined || Number.isInteger(partition)) return partition
  throw new StreamsError(
    'MILLRACE_PARTITIONER',
    `The partitioner of a foreign-key join gave ${JSON.stringify(partition)}; it must give one partition, or undefined.`,
  )
}
