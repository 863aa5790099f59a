/**
 * `repartition`
 *
 * Meaning: through a topic of its own, so that records of one key are in one partition again, or in another number of
 * partitions.
 *
 * Nulls: null keys are dropped (counted) unless a join below accepts them; null values pass.
 *
 * Late and out-of-order: the order of each source partition is kept; records of several source partitions interleave, so what
 * was in order by key before may come out of order by time.
 *
 * Timestamp: the record's; headers too.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { streamBelow } from '../plan/operator-graph.ts'
import { newRepartitionNode } from '../plan/repartition-node.ts'
import type { StreamPartitioner } from '../plan/topology.ts'
import type { Serde } from '../record/serde.ts'

export interface RepartitionOptions<K, V> {
  /** Names the topic: `<application id>-<name>-repartition`. Default: generated. */
  readonly name?: string
  /** Partitions of the topic. Default: as many as upstream has. */
  readonly partitions?: number
  /** Default: the stream's. */
  readonly key?: Serde<K>
  readonly value?: Serde<V>
  readonly partitioner?: StreamPartitioner<K, V>
}

/**
 * Sends the stream through a repartition topic.
 *
 * @example
 * flights.selectKey((flight) => flight.airline).repartition({ name: 'by-airline', partitions: 12 })
 */
export function repartition<K, V>(
  stream: StreamHandle<K, V>,
  options: RepartitionOptions<K, V> = {},
): StreamHandle<K, V> {
  const { graph } = stream
  const keySerde = options.key ?? stream.keySerde
  const valueSerde = options.value ?? stream.valueSerde
  const { partitions } = options
  const prefix = graph.nameOr(options.name, 'KSTREAM-REPARTITION-', false)
  if (partitions !== undefined && (!Number.isSafeInteger(partitions) || partitions < 1)) {
    graph.mistakes.push(`repartition ${prefix}: partitions must be a positive integer, not ${partitions}.`)
  }
  const node = newRepartitionNode(graph, {
    prefix,
    keySerde,
    valueSerde,
    userNamed: options.name !== undefined,
    optimizable: false,
    partitions,
    partitioner: options.partitioner,
  })
  graph.add(stream.node, node)
  return streamBelow(stream, node, {
    keySerde,
    valueSerde,
    repartitionRequired: false,
    sourceNames: new Set([node.name]),
  })
}
