/**
 * `cogroup`, `aggregate` of several grouped streams
 *
 * Meaning: several grouped streams of one key type folded into one aggregate, each by its own `add`, all in one store (per
 * window, if windowed). Results are emitted on update, never on close.
 *
 * Nulls: as for `aggregate`: a null key or value is dropped (counted); time windows and sessions hand null values to `add`. A
 * result of null deletes.
 *
 * Late and out-of-order: records of all streams are added in the order they arrive; windows drop what comes after their grace.
 *
 * Timestamp: the highest of the records in the result, whichever stream they came from; sessions: the session's end.
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { CogroupedHandle, CogroupMember, GroupedStreamHandle, TableHandle } from '../plan/handles.ts'
import { addProcessor, ensureCopartition } from '../plan/operator-graph.ts'
import type { Change } from '../processor/change.ts'
import type { Windowed } from '../record/windowed.ts'
import { checkMerger } from './aggregate.ts'
import type { AggregateFunctions, Aggregator, Initializer, Merger } from './aggregate-functions.ts'
import { plainEngine } from './aggregate-plain.ts'
import type { AggregationEngine } from './aggregation-engine.ts'
import { cogroupParents } from './cogroup-repartition.ts'
import type { AggregationOptions } from './grouped-aggregation.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'
import { PassThrough } from './pass-through.ts'
import { tableHandle } from './table-handle.ts'
import { windowEngine } from './window-engine.ts'

const PREFIX = 'COGROUPKSTREAM-AGGREGATE-'

/**
 * Starts a cogroup with one grouped stream.
 *
 * @example
 * clicks
 *   .groupByKey()
 *   .cogroup<number>((points) => points + 1)
 *   .cogroup(views.groupByKey(), (points, view) => points + view.seconds)
 *   .aggregate({ init: () => 0, store: 'interest' })
 */
export function cogroup<K, V, A>(group: GroupedStreamHandle<K, V>, add: Aggregator<K, V, A>): CogroupedHandle<K, A> {
  return addToCogroup({ kind: 'cogrouped-stream', graph: group.graph, members: [], windows: undefined }, group, add)
}

/** Adds another grouped stream; one that is there already gets the new `add`. */
export function addToCogroup<K, V, A>(
  cogrouped: CogroupedHandle<K, A>,
  group: GroupedStreamHandle<K, V>,
  add: Aggregator<K, V, A>,
): CogroupedHandle<K, A> {
  const member = { group, add } as unknown as CogroupMember<K, A>
  const { members } = cogrouped
  const known = members.some((other) => other.group === member.group)
  const all = known ? members.map((other) => (other.group === member.group ? member : other)) : [...members, member]
  return { ...cogrouped, members: all }
}

export interface CogroupAggregateOptions<K, A> extends AggregationOptions<K, A> {
  /** The aggregate of no records. */
  readonly init: Initializer<A>
  /** Sessions only, and needed there: two sessions' aggregates made one. */
  readonly merge?: Merger<K, A>
}

/**
 * Aggregates cogrouped streams; with windows, the keys of the result are `Windowed`.
 *
 * @throws TopologyError for sessions without `merge`
 */
export function aggregateCogrouped<K, A, KOut = K | Windowed<K>>(
  cogrouped: CogroupedHandle<K, A>,
  options: CogroupAggregateOptions<K, A>,
): TableHandle<KOut, A> {
  const { graph, members, windows } = cogrouped
  if (windows !== undefined) checkMerger(windows.kind, options)
  const engine = (windows === undefined ? plainEngine<K>() : windowEngine<K>(windows, false)) as AggregationEngine<
    K,
    KOut
  >
  const storeName = storeNameOr(graph, options.store, PREFIX, options.logging !== false)
  const above = cogroupParents(cogrouped, storeName, options.store !== undefined)
  const sourceNames = ensureCopartition(graph, above)

  const keySerde = options.key
  const store = engine.store(storeName, options, keySerde, options.value)
  let sendOldValues = false
  const nodes = members.map(({ add }, index): GraphNode => {
    const functions = { init: options.init, add, merge: options.merge } as unknown as AggregateFunctions<K, unknown, A>
    return addProcessor<K, unknown, KOut, Change<A>>(graph, above[index].node, {
      name: suffixedName(graph, options.name, `-cogroup-agg-${index}`, PREFIX),
      facts: { graceMs: engine.graceMs, versioned: options.versioned !== undefined },
      supplier: () => engine.processor({ storeName, functions, sendOldValues }),
      stores: () => [store],
    })
  })
  const node = addProcessor<KOut, Change<A>, KOut, Change<A>>(graph, nodes, {
    name: suffixedName(graph, options.name, '-cogroup-merge', 'COGROUPKSTREAM-MERGE-'),
    supplier: () => new PassThrough(),
  })
  return tableHandle<KOut, A>(
    {
      graph,
      node,
      keySerde: engine.keySerde(keySerde),
      valueSerde: options.value,
      sourceNames,
      queryableStoreName: options.store,
    },
    {
      getter: () => engine.getter<A>(storeName),
      enableSendingOldValues() {
        sendOldValues = true
        return true
      },
    },
  )
}
