/**
 * Repartition topics: the sink, the filter in front of it and the source behind it, with Kafka Streams' names
 * (reference 2.2, rule 3), and who shares one.
 *
 * The three indexes are burned at every call, even when an existing node is shared: names below stay Kafka Streams' own.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { presenceSerde } from '../record/presence-serde.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Graph } from './graph.ts'
import { GraphNode } from './graph-node.ts'
import type { GroupedStreamHandle, StreamHandle } from './handles.ts'
import { streamBelow } from './operator-graph.ts'
import type { StreamPartitioner } from './topology.ts'

export const REPARTITION_SUFFIX = '-repartition'

/** A repartition topic's name, logical: without the application id. */
export function repartitionTopicName(prefix: string): string {
  return prefix.endsWith(REPARTITION_SUFFIX) ? prefix : prefix + REPARTITION_SUFFIX
}

export interface RepartitionOptions<K, V> {
  /** The topic is named `<prefix>-repartition`. */
  readonly prefix: string
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  /** The user chose the name: explicit-naming mode accepts it. */
  readonly userNamed: boolean
  /** Default true: `merge.repartition.topics` may move and merge it. */
  readonly optimizable?: boolean
  readonly partitions?: number | undefined
  readonly partitioner?: StreamPartitioner<K, V> | undefined
}

/** Makes a repartition node and burns its three indexes. It is not yet in the graph: `graph.add(parent, node)`. */
export function newRepartitionNode<K, V>(graph: Graph, options: RepartitionOptions<K, V>): GraphNode {
  const topic = repartitionTopicName(options.prefix)
  if (!options.userNamed) graph.noteImplicitName('repartition topic', topic)
  const generated = {
    sink: graph.newName('KSTREAM-SINK-'),
    filter: graph.newName('KSTREAM-FILTER-'),
    source: graph.newName('KSTREAM-SOURCE-'),
  }
  const names = /^KSTREAM.*-[0-9]{10}$/.test(options.prefix)
    ? generated
    : { sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` }
  const { keySerde, valueSerde } = options
  const optimizable = options.optimizable ?? true
  const facts = optimizable ? { optimizableRepartition: { topic, keySerde, valueSerde } } : {}
  return new GraphNode(names.source, { repartition: true, ...facts }, (topology, node) => {
    topology.addInternalTopic({ name: topic, partitions: options.partitions })
    topology.addProcessor({
      name: names.filter,
      parents: node.parentNames(),
      supplier: () => new RepartitionFilter(node.decisions.dropsNullKeys),
    })
    topology.addSink({
      name: names.sink,
      parents: [names.filter],
      topic,
      keySerde: keySerde,
      valueSerde: valueSerde,
      partitioner: options.partitioner as StreamPartitioner<never, never> | undefined,
    })
    topology.addSource({
      name: names.source,
      topics: [topic],
      keySerde: keySerde,
      valueSerde: node.decisions.valueUnread ? presenceSerde(valueSerde) : valueSerde,
    })
  })
}

/** The node each stream was repartitioned through, so that further joins on the same handle share it. */
const repartitionedStreams = new WeakMap<object, GraphNode>()

/**
 * The stream as a join needs it: itself, or what is below its repartition. Joins on one handle share the node while the
 * topic's name is the handle's own, and burn the indexes all the same.
 */
export function repartitionForJoin<K, V>(
  stream: StreamHandle<K, V>,
  options: { readonly name?: string | undefined; readonly keySerde?: Serde<K>; readonly valueSerde?: Serde<V> },
): StreamHandle<K, V> {
  if (!stream.repartitionRequired) return stream
  const prefix = options.name ?? stream.node.name
  const keySerde = options.keySerde ?? stream.keySerde
  const valueSerde = options.valueSerde ?? stream.valueSerde
  const fresh = newRepartitionNode(stream.graph, {
    prefix,
    keySerde,
    valueSerde,
    userNamed: options.name !== undefined,
  })
  let node = repartitionedStreams.get(stream)
  if (node === undefined || prefix !== stream.node.name) {
    node = stream.graph.add(stream.node, fresh)
    repartitionedStreams.set(stream, node)
  }
  return streamBelow(stream, node, {
    keySerde,
    valueSerde,
    repartitionRequired: false,
    sourceNames: new Set([fresh.name]),
  })
}

/**
 * Where an aggregation of a grouped stream attaches: the group's node, or its repartition. Aggregations of one *named*
 * grouping share the repartition. Call it after the store's and the aggregate's names were taken from the graph.
 *
 * @param storeName names the repartition topic where the grouping has no name
 * @param storeNamedByUser whether explicit-naming mode accepts that name
 */
export function repartitionForAggregate(
  group: Pick<
    GroupedStreamHandle<unknown, unknown>,
    'graph' | 'node' | 'keySerde' | 'valueSerde' | 'sourceNames' | 'repartitionRequired' | 'userName' | 'shared'
  >,
  storeName: string,
  storeNamedByUser: boolean,
): { readonly node: GraphNode; readonly sourceNames: ReadonlySet<string> } {
  if (!group.repartitionRequired) return { node: group.node, sourceNames: group.sourceNames }
  const fresh = newRepartitionNode(group.graph, {
    prefix: group.userName ?? storeName,
    keySerde: group.keySerde,
    valueSerde: group.valueSerde,
    userNamed: group.userName !== undefined || storeNamedByUser,
  })
  if (group.shared.repartitionNode === undefined || group.userName === undefined) group.shared.repartitionNode = fresh
  const node = group.graph.add(group.node, group.shared.repartitionNode)
  return { node, sourceNames: new Set([fresh.name]) }
}

class RepartitionFilter implements Processor<unknown, unknown> {
  readonly #dropsNullKeys: boolean
  #context!: OperatorContext

  constructor(dropsNullKeys: boolean) {
    this.#dropsNullKeys = dropsNullKeys
  }

  init(context: ProcessorContext): void {
    this.#context = context as OperatorContext
  }

  process(record: StreamRecord<unknown, unknown>): void {
    if (this.#dropsNullKeys && record.key === null) this.#context.dropped('null-key')
    else this.#context.forward(record)
  }
}
