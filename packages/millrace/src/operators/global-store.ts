/**
 * `builder.addGlobalStore`, `builder.addReadOnlyStateStore`
 *
 * Meaning: a store filled by a processor of the user's from one topic, which is its changelog. The global store holds all
 * partitions on every worker, and any processor may read it. The read-only store (KIP-813) holds the partitions of the task,
 * and is read by processors connected to it. Only the given processor may write either. When restored, the topic's bytes go
 * straight into the store: the processor should put what it is given, nothing else.
 *
 * Nulls: handed to the processor.
 *
 * Late and out-of-order: the processor sees records in offset order. A global store is not synchronised with stream time.
 *
 * Timestamp: nothing comes out; the processor sees the record's.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { SourceSpec, TimestampExtractor } from '../plan/topology.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import type { Serde } from '../record/serde.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import type { NamedOptions } from './named-options.ts'
import { suffixedName } from './operator-names.ts'

/** `name` is the processor's node; its source is `<name>-source`. */
export interface SourceStoreOptions<K, V> extends NamedOptions {
  /** Serdes of the topic. Default: the app's. */
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
  readonly timestampExtractor?: TimestampExtractor | undefined
}

/**
 * A store of all of a topic, on every worker, filled by the processor.
 *
 * @example
 * builder.addGlobalStore(keyValueStore({ name: 'rates', valueSerde: double() }), topic('rates', { value: double() }), () => {
 *   let rates: KeyValueStore<string, number>
 *   return {
 *     init: (context) => { rates = context.store('rates') },
 *     process: ({ key, value }) => rates.put(key, value),
 *   }
 * })
 */
export function addGlobalStore<K, V>(
  graph: Graph,
  store: StoreBuilder,
  topic: string,
  supplier: ProcessorSupplier<K, V, never, never>,
  options: SourceStoreOptions<K, V> = {},
): void {
  const { sourceName, name } = names(graph, options)
  const node = new GraphNode(name, {}, (topology) => {
    topology.addGlobalStore({
      store,
      source: sourceSpec(sourceName, topic, options),
      processorName: name,
      supplier: supplier as ProcessorSupplier<never, never>,
    })
  })
  graph.add(graph.root, node)
}

/**
 * A store of the task's partitions of a topic, filled by the processor, read by those connected to it.
 *
 * @example
 * builder.addReadOnlyStateStore(keyValueStore({ name: 'limits', valueSerde: long() }), topic('limits', { value: long() }), () => {
 *   let limits: KeyValueStore<string, number>
 *   return {
 *     init: (context) => { limits = context.store('limits') },
 *     process: ({ key, value }) => limits.put(key, value),
 *   }
 * })
 */
export function addReadOnlyStore<K, V>(
  graph: Graph,
  store: StoreBuilder,
  topic: string,
  supplier: ProcessorSupplier<K, V, never, never>,
  options: SourceStoreOptions<K, V> = {},
): void {
  const { sourceName, name } = names(graph, options)
  const node = new GraphNode(name, {}, (topology) => {
    topology.addSource(sourceSpec(sourceName, topic, options))
    topology.addProcessor({ name, parents: [sourceName], supplier: supplier as ProcessorSupplier<never, never> })
    topology.addStateStore(store, [name])
    topology.connectSourceStoreAndTopic(store.name, topic)
  })
  graph.add(graph.root, node)
}

function names(graph: Graph, options: NamedOptions): { readonly sourceName: string; readonly name: string } {
  const sourceName = suffixedName(graph, options.name, '-source', 'KSTREAM-SOURCE-')
  return { sourceName, name: graph.nameOr(options.name, 'KTABLE-SOURCE-') }
}

function sourceSpec<K, V>(name: string, topic: string, options: SourceStoreOptions<K, V>): SourceSpec {
  const { key: keySerde, value: valueSerde, timestampExtractor } = options
  return { name, topics: [topic], keySerde, valueSerde, timestampExtractor }
}
