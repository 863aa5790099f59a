/**
 * How a detection enters the plan, whether of one pattern or of rules: the processor with its store, the repartition where
 * the key may have changed, and a stream for each of its outputs.
 */

import { KStream, type Serde, type StoreBuilder } from 'millrace'
import {
  addProcessor,
  ForwardingProcessor,
  type Graph,
  type GroupedStreamHandle,
  repartitionForAggregate,
  type StreamRecord,
  streamBelow,
} from 'millrace/operator'
import { DetectProcessor, type OutputNames, type Watch } from './detect-processor.ts'
import { PatternCounters, type PatternMetrics } from './pattern-counters.ts'
import { patternStore } from './pattern-store.ts'
import { stateKeySerde } from './state-key.ts'
import { stateValueSerde } from './state-value.ts'

export interface DetectionOptions {
  /** Names the operator's node; its outputs are `<name>-matches` and so on. Default: generated. */
  readonly name?: string
  /** Names the store of the runs, and the repartition topic if there is one. Default: generated. */
  readonly store?: string
  /** Write the changelog topic. Default true; without it partial matches are lost with the worker. */
  readonly logging?: boolean
  /** Keep the store in memory even if the app has a persistent store adapter. Default false. */
  readonly inMemory?: boolean
  /** Topic configuration of the changelog, over the defaults. */
  readonly changelogConfig?: Readonly<Record<string, string>>
  /** How many keys a task keeps in memory, so that their events need not read the store. Default 10,000. */
  readonly liveKeys?: number
}

export interface DetectionOutputs<K, Event, Match, Partial> {
  /** Each match, in the order they are found. */
  readonly matches: KStream<K, Match>
  /** Partial matches whose window was over. */
  readonly timeouts: KStream<K, Partial>
  /** Events that came too late to be looked at. */
  readonly late: KStream<K, Event>
  /** Partial matches that were given up because of `limits`. */
  readonly dropped: KStream<K, Partial>
  /** What has been counted by the tasks that run in this thread. */
  metrics(): PatternMetrics
}

/** What one kind of detection differs in. */
export interface DetectionKind<K, S, Event> {
  subjectSerde(): Serde<S> | undefined
  readonly time: 'event' | 'processing'
  readonly graceMs: number
  readonly wakeEveryMs: number
  /** Made for each task. */
  watch(): Watch<K, S, Event>
  /** Further stores of the watch, given the name of the runs'. */
  stores?(storeName: string): readonly StoreBuilder[]
}

export function addDetection<K, S, Event, Match, Partial>(
  group: GroupedStreamHandle<K, Event>,
  options: DetectionOptions,
  kind: DetectionKind<K, S, Event>,
): DetectionOutputs<K, Event, Match, Partial> {
  const { graph, keySerde } = group
  const name = graph.nameOr(options.name, 'KSTREAM-PATTERN-', false)
  const storeName = storeNameOf(graph, options)
  const named = options.store !== undefined || options.name !== undefined
  const above = repartitionForAggregate(group, storeName, named)
  const outputs: OutputNames = {
    matches: `${name}-matches`,
    timeouts: `${name}-timeouts`,
    late: `${name}-late`,
    dropped: `${name}-dropped`,
  }
  const { time, graceMs, wakeEveryMs } = kind
  const subjectSerde = kind.subjectSerde()
  const liveKeys = options.liveKeys ?? 10_000
  const settings = { storeName, subjectSerde, time, graceMs, liveKeys, wakeEveryMs, outputs }
  const runs = patternStore<S, Event>({
    name: storeName,
    keySerde: stateKeySerde(subjectSerde),
    valueSerde: stateValueSerde(group.valueSerde),
    persistent: options.inMemory !== true,
    logging: options.logging ?? true,
    ...(options.changelogConfig === undefined ? {} : { loggingConfig: options.changelogConfig }),
  })
  const counters = new PatternCounters()
  const node = addProcessor<K, Event, K, unknown>(graph, above.node, {
    name,
    supplier: () => new DetectProcessor(kind.watch(), settings, counters),
    stores: () => [runs, ...(kind.stores?.(storeName) ?? [])],
  })
  const output = <V>(of: keyof OutputNames, valueSerde: Serde<V> | undefined): KStream<K, V> => {
    const child = addProcessor(graph, node, { name: outputs[of], supplier: () => new Output<K, V>() })
    const { sourceNames } = above
    return new KStream(streamBelow(group, child, { keySerde, valueSerde, sourceNames, repartitionRequired: false }))
  }
  return {
    matches: output<Match>('matches', undefined),
    timeouts: output<Partial>('timeouts', undefined),
    late: output<Event>('late', group.valueSerde),
    dropped: output<Partial>('dropped', undefined),
    metrics: () => counters.snapshot(),
  }
}

function storeNameOf(graph: Graph, options: DetectionOptions): string {
  if (options.store !== undefined) return options.store
  if (options.name !== undefined) return `${options.name}-runs`
  const name = graph.newStoreName('KSTREAM-PATTERN-')
  graph.noteImplicitName('state store', name)
  if (options.logging !== false) graph.noteImplicitName('changelog topic', `${name}-changelog`)
  return name
}

/** One of the outputs: where its stream goes on. */
class Output<K, V> extends ForwardingProcessor<K, V> {
  process(record: StreamRecord<K, V>): void {
    this.context.forward(record)
  }
}
