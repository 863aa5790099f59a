/**
 * `to`
 *
 * Meaning: writes a stream to a topic, or to a topic chosen for each record. The topics must exist. Partition: by the key's
 * bytes as the Java client does, of a windowed key its inner key's; a partitioner may choose otherwise, drop (empty list) or
 * multicast (several).
 *
 * Nulls: written as null: a null value is a tombstone, records with a null key are spread.
 *
 * Late and out-of-order: written in the order they come.
 *
 * Timestamp: the record's; headers too.
 */

import { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle } from '../plan/handles.ts'
import type { StreamPartitioner, TopicExtractor } from '../plan/topology.ts'
import type { Serde } from '../record/serde.ts'
import { isWindowedSerde } from '../record/serdes/windowed-serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Topic } from '../record/topic.ts'
import type { NamedOptions } from './named-options.ts'

/**
 * A typed topic as the end of a stream: a `Topic` whose serdes can write what the stream holds (tombstones are written
 * without them).
 */
export interface WritableTopic<K, V> {
  readonly name: string
  readonly key: Pick<Serde<K>, 'name' | 'encode'> | undefined
  readonly value: Pick<Serde<NonNullable<V>>, 'name' | 'encode'> | undefined
}

/** Chooses the topic of each record. */
export interface TopicChooser<K, V> {
  (value: V, key: K, record: StreamRecord<K, V>): string
  readonly extractorName?: string
}

export interface ToOptions<K, V> extends NamedOptions {
  /** Default: the topic's, else the stream's, else the app's. */
  readonly key?: Serde<K>
  readonly value?: Serde<V>
  readonly partitioner?: StreamPartitioner<K, V>
  /** What `describe()` shows for a function that chooses the topic. Default: the function's name. */
  readonly extractorName?: string
}

/**
 * Writes the stream.
 *
 * @example
 * delays.to(topic('delays', { value: json<number>() }))
 * delays.to((_delay, airport) => `delays-${airport}`)
 * delays.to('delays', { partitioner: (_topic, _airport, _delay, partitions) => [0, partitions - 1] })
 */
export function to<K, V>(
  stream: StreamHandle<K, V>,
  target: string | WritableTopic<K, V> | TopicChooser<K, V>,
  options: ToOptions<K, V> = {},
): void {
  const typed = typeof target === 'object' ? (target as Topic<K, V>) : undefined
  const keySerde = options.key ?? typed?.key ?? stream.keySerde
  const valueSerde = options.value ?? typed?.value ?? stream.valueSerde
  const topic =
    typeof target === 'function' ? topicExtractor(target, options.extractorName) : (typed?.name ?? (target as string))
  const name = stream.graph.nameOr(options.name, 'KSTREAM-SINK-')
  const node = new GraphNode(name, {}, (topology, self) =>
    topology.addSink({
      name,
      parents: self.parentNames(),
      topic: topic as string | TopicExtractor<never, never>,
      keySerde,
      valueSerde,
      partitioner: options.partitioner as StreamPartitioner<never, never> | undefined,
      partitionKeySerde: isWindowedSerde(keySerde) ? keySerde.partitionKey : undefined,
    }),
  )
  stream.graph.add(stream.node, node)
}

function topicExtractor<K, V>(choose: TopicChooser<K, V>, name: string | undefined): TopicExtractor<K, V> {
  const extract = (record: StreamRecord<K, V>): string => choose(record.value, record.key, record)
  return Object.assign(extract, { extractorName: name ?? choose.extractorName ?? (choose.name || 'anonymous') })
}
