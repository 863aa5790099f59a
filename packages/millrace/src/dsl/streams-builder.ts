/**
 * `StreamsBuilder`: where a topology starts. Sources, tables and stores are added here; what follows is a method of what
 * these give back. `build()` turns all of it into a `BuiltTopology`.
 *
 * Only assembles: what each step does is in `operators/`.
 */

import { streamSource, type SourceOptions } from '../operators/stream-source.ts'
import { type BuildOptions, buildTopology } from '../plan/build.ts'
import type { BuiltTopology } from '../plan/built-topology.ts'
import { Graph } from '../plan/graph.ts'
import { TopologyError } from '../record/errors.ts'
import { KStream } from './kstream.ts'
import { type TopicInput, topicName, withTopicSerdes } from './topics.ts'

export class StreamsBuilder {
  readonly #graph = new Graph()
  #built: { readonly options: string; readonly topology: BuiltTopology } | undefined

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
   * Builds the topology. Calling it again with equal options gives the same topology.
   *
   * @throws TopologyError that lists every mistake in the plan
   */
  build(options: BuildOptions = {}): BuiltTopology {
    const key = JSON.stringify(options)
    if (this.#built !== undefined && this.#built.options !== key) {
      throw new TopologyError('build() was already called with other options; make a new StreamsBuilder for them.')
    }
    this.#built ??= { options: key, topology: buildTopology(this.#graph, options) }
    return this.#built.topology
  }
}
