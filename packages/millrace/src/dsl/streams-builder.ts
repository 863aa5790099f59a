/**
 * `StreamsBuilder`: where a topology starts. Sources, tables and stores are added here; what follows is a method of what
 * these give back. `build()` turns all of it into a `BuiltTopology`.
 *
 * Only assembles: what each step does is in `operators/`.
 */

import { addGlobalStore, addReadOnlyStore, type SourceStoreOptions } from '../operators/global-store.ts'
import { type GlobalTableOptions, globalTable } from '../operators/global-table.ts'
import { addStateStore } from '../operators/state-store.ts'
import { type SourceOptions, streamSource } from '../operators/stream-source.ts'
import { type TableSourceOptions, tableSource } from '../operators/table-source.ts'
import { type BuildOptions, buildTopology } from '../plan/build.ts'
import type { BuiltTopology } from '../plan/built-topology.ts'
import { Graph } from '../plan/graph.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import { TopologyError } from '../record/errors.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import { GlobalKTable } from './global-ktable.ts'
import { KStream } from './kstream.ts'
import { KTable } from './ktable.ts'
import { type TopicInput, topicName, withTopicSerdes } from './topics.ts'

export class StreamsBuilder {
  readonly #graph = new Graph()
  #built: { readonly options: BuildOptions; readonly topology: BuiltTopology } | undefined

  /**
   * A stream of the records of a topic, of several topics of the same types, or of all topics whose whole name matches a
   * pattern. The same subscription twice is one source.
   *
   * @example
   * builder.stream(topic('flights', { value: json<Flight>() }))
   * builder.stream(['orders-eu', 'orders-us'], { value: json<Order>() })
   * builder.stream(/orders-[a-z]+/, { value: json<Order>() })
   */
  stream<K = string, V = unknown>(
    topics: TopicInput<K, V> | readonly TopicInput<K, V>[] | RegExp,
    options: SourceOptions<K, V> = {},
  ): KStream<K, V> {
    if (topics instanceof RegExp) return new KStream(streamSource(this.#graph, topics, options))
    const list = (Array.isArray(topics) ? topics : [topics]) as readonly TopicInput<K, V>[]
    if (list.length === 0) throw new TopologyError('stream: name at least one topic.')
    return new KStream(streamSource(this.#graph, list.map(topicName), withTopicSerdes(list[0], options)))
  }

  /**
   * A table of a topic's latest value of each key. It is kept in a store if it is named (`store`), or when an operator
   * reads it.
   *
   * @example
   * builder.table(topic('users', { value: json<User>() }), { store: 'users' })
   */
  table<K = string, V = unknown>(topic: TopicInput<K, V>, options: TableSourceOptions<K, V> = {}): KTable<K, V> {
    return new KTable(tableSource(this.#graph, topicName(topic), withTopicSerdes(topic, options)))
  }

  /**
   * A table of all partitions of a topic, whole on every worker and read to its end before anything is processed.
   *
   * @throws TopologyError if it is to be versioned
   * @example
   * builder.globalTable(topic('airports', { value: json<Airport>() }))
   */
  globalTable<K = string, V = unknown>(
    topic: TopicInput<K, V>,
    options: GlobalTableOptions<K, V> = {},
  ): GlobalKTable<K, V> {
    return new GlobalKTable(globalTable(this.#graph, topicName(topic), withTopicSerdes(topic, options)))
  }

  /** Adds a store for processors to use: connect it by name, `process(supplier, { stores: [name] })`. */
  addStateStore(store: StoreBuilder): this {
    addStateStore(this.#graph, store)
    return this
  }

  /**
   * Adds a store that every worker holds whole, filled from a topic by a processor of your own, which alone may write it.
   * Any processor may read it, without being connected.
   */
  addGlobalStore<K = string, V = unknown>(
    store: StoreBuilder,
    topic: TopicInput<K, V>,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: SourceStoreOptions<K, V> = {},
  ): this {
    addGlobalStore(this.#graph, store, topicName(topic), supplier, withTopicSerdes(topic, options))
    return this
  }

  /**
   * Adds a store that is a topic's content (no changelog of its own), filled by a processor of your own, which alone may
   * write it; processors that are connected may read it.
   */
  addReadOnlyStateStore<K = string, V = unknown>(
    store: StoreBuilder,
    topic: TopicInput<K, V>,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: SourceStoreOptions<K, V> = {},
  ): this {
    addReadOnlyStore(this.#graph, store, topicName(topic), supplier, withTopicSerdes(topic, options))
    return this
  }

  /**
   * Builds the topology. Calling it again with equal options gives the same topology.
   *
   * @throws TopologyError that lists every mistake in the plan
   */
  build(options: BuildOptions = {}): BuiltTopology {
    if (this.#built !== undefined && !sameOptions(this.#built.options, options)) {
      throw new TopologyError('build() was already called with other options; make a new StreamsBuilder for them.')
    }
    this.#built ??= { options, topology: buildTopology(this.#graph, options) }
    return this.#built.topology
  }
}

function sameOptions(one: BuildOptions, other: BuildOptions): boolean {
  return one.processorWrapper === other.processorWrapper && JSON.stringify(one) === JSON.stringify(other)
}
