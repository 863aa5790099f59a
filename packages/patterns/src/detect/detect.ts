/**
 * `detect`
 *
 * Meaning: looks for a pattern in the events of each key. Matches, and partial matches whose time was over, come out as
 * streams of their own, under the key; so do events that came too late, and partial matches given up for a limit.
 *
 * Nulls: records with a null key or value are dropped and counted.
 *
 * Late and out-of-order: time is the task's stream time less `grace`. An event ahead of it waits until time has come to it
 * and is then taken in order of timestamps, equal ones as they came; one behind it is late. Without grace events are taken
 * as they come.
 *
 * Timestamp: that of the event that completed the match; of a match that time completed, the time; of a time-out, the end
 * of its window.
 */

import { type Duration, durationMs, KStream, keyValueStore, TopologyError } from 'millrace'
import {
  addProcessor,
  ForwardingProcessor,
  type GraphNode,
  type GroupedStreamHandle,
  repartitionForAggregate,
  type StreamRecord,
  streamBelow,
} from 'millrace/operator'
import { explainMatch } from '../match/explain-match.ts'
import { type MatcherOptions, matcherOf } from '../match/pattern-matcher.ts'
import type { Binding } from '../match/run.ts'
import type { Pattern } from '../pattern/chain-types.ts'
import { growthWarnings } from '../pattern/growth.ts'
import type { PartialMatch } from '../pattern/match-type.ts'
import { DetectProcessor, type OutputNames } from './detect-processor.ts'
import { stateKeySerde } from './state-key.ts'
import { stateValueSerde } from './state-value.ts'

export interface DetectOptions<Target extends string = string> extends MatcherOptions<Target> {
  /**
   * How far behind stream time an event may be: events wait that long, and are taken in order. Default 0: as they come.
   */
  readonly grace?: Duration
  /** `event` (the default): the records' timestamps. `processing`: the wall clock, at the moment a record is processed. */
  readonly time?: 'event' | 'processing'
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
  /**
   * Gives matches, time-outs and dropped partial matches a header `pattern-explanation`: JSON, an ExplainedEvent for each
   * event. Default false.
   */
  readonly explain?: boolean
  /** How often keys that fell silent are looked at in processing time. Default 100 ms. */
  readonly wakeEvery?: Duration
}

export interface Detection<K, Event, Match> {
  /** Each match, in the order they are found. */
  readonly matches: KStream<K, Match>
  /** Partial matches whose window was over. */
  readonly timeouts: KStream<K, PartialMatch<Match>>
  /** Events that came too late to be looked at. */
  readonly late: KStream<K, Event>
  /** Partial matches that were given up because of `limits`. */
  readonly dropped: KStream<K, PartialMatch<Match>>
  /** What in the pattern can grow without bound, each with its remedy; empty if nothing can, or `limits` are set. */
  readonly warnings: readonly string[]
}

/**
 * Finds a pattern in a grouped stream. Runs survive restarts, in a store with a changelog.
 *
 * @throws PatternError with every problem of the pattern; TopologyError if options contradict each other
 * @example
 * const probing = pattern<Payment>()
 *   .begin('small', (p) => p.amount < 1)
 *   .followedBy('big', (p, match) => p.amount > 500 * match.small.amount)
 *   .within('10 min')
 * const { matches, timeouts } = payments.groupByKey().apply(detect(probing, { skip: 'pastLastEvent' }))
 */
export function detect<Event, Match, Target extends string>(
  pattern: Pattern<Event, Match, Target>,
  options: DetectOptions<NoInfer<Target>> = {},
): <K>(group: GroupedStreamHandle<K, Event>) => Detection<K, Event, Match> {
  const newMatcher = () => matcherOf(pattern, options)
  // Mistakes are told here, not when a task starts.
  const { automaton } = newMatcher()
  const explain = options.explain
    ? (last: Binding<unknown>) => explainMatch(pattern.definition, automaton, last)
    : undefined
  const time = options.time ?? 'event'
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  const wakeEveryMs = durationMs(options.wakeEvery ?? 100, 'wakeEvery')
  if (time === 'processing' && graceMs > 0) {
    throw new TopologyError('detect: in processing time nothing is out of order: leave out grace.')
  }
  const warnings = options.limits?.runsPerKey === undefined ? growthWarnings(pattern.definition.elements) : []
  return <K>(group: GroupedStreamHandle<K, Event>): Detection<K, Event, Match> => {
    const { graph } = group
    const logging = options.logging ?? true
    const name = graph.nameOr(options.name, 'KSTREAM-PATTERN-', false)
    const storeName =
      options.store ?? (options.name === undefined ? graph.newStoreName('KSTREAM-PATTERN-') : `${name}-runs`)
    if (options.store === undefined && options.name === undefined) {
      graph.noteImplicitName('state store', storeName)
      if (logging) graph.noteImplicitName('changelog topic', `${storeName}-changelog`)
    }
    const above = repartitionForAggregate(group, storeName, options.store !== undefined || options.name !== undefined)
    const outputs: OutputNames = {
      matches: `${name}-matches`,
      timeouts: `${name}-timeouts`,
      late: `${name}-late`,
      dropped: `${name}-dropped`,
    }
    const { keySerde } = group
    const liveKeys = options.liveKeys ?? 10_000
    const settings = { storeName, keySerde, time, graceMs, liveKeys, wakeEveryMs, outputs, explain }
    const node = addProcessor<K, Event, K, unknown>(graph, above.node, {
      name,
      supplier: () => new DetectProcessor<K, Event, Match>(newMatcher(), settings),
      stores: () => [
        keyValueStore({
          name: storeName,
          keySerde: stateKeySerde(group.keySerde),
          valueSerde: stateValueSerde(group.valueSerde),
          persistent: options.inMemory !== true,
          logging,
          ...(options.changelogConfig === undefined ? {} : { loggingConfig: options.changelogConfig }),
        }),
      ],
    })
    const output = <V>(
      output: keyof OutputNames,
      valueSerde: GroupedStreamHandle<K, V>['valueSerde'],
    ): KStream<K, V> => {
      const child: GraphNode = addProcessor(graph, node, { name: outputs[output], supplier: () => new Output<K, V>() })
      const { sourceNames } = above
      return new KStream(streamBelow(group, child, { keySerde, valueSerde, sourceNames, repartitionRequired: false }))
    }
    return {
      matches: output<Match>('matches', undefined),
      timeouts: output<PartialMatch<Match>>('timeouts', undefined),
      late: output<Event>('late', group.valueSerde),
      dropped: output<PartialMatch<Match>>('dropped', undefined),
      warnings,
    }
  }
}

/** One of the outputs: where its stream goes on. */
class Output<K, V> extends ForwardingProcessor<K, V> {
  process(record: StreamRecord<K, V>): void {
    this.context.forward(record)
  }
}
