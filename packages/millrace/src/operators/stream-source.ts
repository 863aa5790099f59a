/**
 * `builder.stream`
 *
 * Meaning: the records of one topic, several, or all that match a pattern. Equal subscriptions in one builder share one
 * source.
 *
 * Nulls: pass, keys and values.
 *
 * Late and out-of-order: records of one partition come in offset order; a task takes the record with the lowest timestamp of
 * those at the heads of its partitions next.
 *
 * Timestamp: the record's own unless an extractor is given; a negative one fails, unless the extractor says otherwise.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle } from '../plan/handles.ts'
import { streamBelow } from '../plan/operator-graph.ts'
import type { OffsetReset, TimestampExtractor } from '../plan/topology.ts'
import type { Serde } from '../record/serde.ts'
import type { NamedOptions } from './named-options.ts'

export interface SourceOptions<K, V> extends NamedOptions {
  /** Default: the topic's, else the app's. */
  readonly key?: Serde<K>
  readonly value?: Serde<V>
  /** Event time of the records. Default: the app's, else the record's own timestamp. */
  readonly timestampExtractor?: TimestampExtractor
  /** Where to begin on a partition without a committed offset. Default: the app's (`earliest`). */
  readonly offsetReset?: OffsetReset
}

/**
 * Adds a source to the plan.
 *
 * @example
 * builder.stream(topic('flights', { value: json<Flight>() }))
 * builder.stream(['orders-eu', 'orders-us'], { value: json<Order>() })
 * builder.stream(/orders-[a-z]+/, { value: json<Order>() })
 */
export function streamSource<K, V>(
  graph: Graph,
  topics: readonly string[] | RegExp,
  options: SourceOptions<K, V> = {},
): StreamHandle<K, V> {
  const { key: keySerde, value: valueSerde, timestampExtractor, offsetReset } = options
  const name = graph.nameOr(options.name, 'KSTREAM-SOURCE-')
  const node = new GraphNode(name, { streamSource: { topics, offsetReset } }, (topology) =>
    topology.addSource({ name, topics, keySerde, valueSerde, timestampExtractor, offsetReset }),
  )
  graph.add(graph.root, node)
  return streamBelow({ graph, sourceNames: new Set([name]) }, node, {
    keySerde,
    valueSerde,
    repartitionRequired: false,
  })
}
