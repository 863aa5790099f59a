/**
 * How an aggregation of a grouped stream enters the plan, windowed or not: its store, its node, the repartition where the key
 * may have changed. `count`, `reduce` and `aggregate` differ in their callbacks and in what their nodes are called.
 */

import type { GroupedStreamHandle, TableHandle, WindowedStreamHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { repartitionForAggregate } from '../plan/repartition-node.ts'
import type { Change } from '../processor/change.ts'
import type { Serde } from '../record/serde.ts'
import type { AggregateFunctions } from './aggregate-functions.ts'
import { plainEngine } from './aggregate-plain.ts'
import type { AggregationEngine } from './aggregation-engine.ts'
import type { MaterializedOptions } from './materialized.ts'
import type { NamedOptions } from './named-options.ts'
import { storeNameOr } from './operator-names.ts'
import { tableHandle } from './table-handle.ts'
import { windowEngine } from './window-engine.ts'

/** Options of every aggregation. `name` is the node's; `store` names the store, and the repartition topic if there is one. */
export interface AggregationOptions<K, A> extends MaterializedOptions<K, A>, NamedOptions {}

export interface GroupedAggregation<K, V, A> {
  readonly prefix: 'KSTREAM-AGGREGATE-' | 'KSTREAM-REDUCE-'
  readonly functions: AggregateFunctions<K, V, A>
  /** The functions do not look at values. Default false. */
  readonly readsNoValue?: boolean
  /** Serde of the results where the options give none. */
  readonly valueSerde: Serde<A> | undefined
}

/** The result's keys are those of the group, or windowed ones: `KOut` is the caller's to say, as the handle's kind does. */
export function aggregateGrouped<K, V, A, KOut>(
  group: GroupedStreamHandle<K, V> | WindowedStreamHandle<K, V>,
  aggregation: GroupedAggregation<K, V, A>,
  options: AggregationOptions<K, A>,
): TableHandle<KOut, A> {
  const { graph } = group
  const { prefix, functions } = aggregation
  const engine = engineOf<K, KOut>(group)
  const storeName = storeNameOr(graph, options.store, prefix, options.logging !== false)
  const name = graph.nameOr(options.name, prefix)
  const keySerde = options.key ?? group.keySerde
  const valueSerde = options.value ?? aggregation.valueSerde
  const store = engine.store(storeName, options, keySerde, valueSerde)
  const above = repartitionForAggregate(group, storeName, options.store !== undefined)
  let sendOldValues = false
  const node = addProcessor<K, V, KOut, Change<A>>(graph, above.node, {
    name,
    facts: {
      graceMs: engine.graceMs,
      versioned: options.versioned !== undefined,
      readsNoValue: aggregation.readsNoValue === true,
    },
    supplier: () => engine.processor({ storeName, functions, sendOldValues }),
    stores: () => [store],
  })
  return tableHandle<KOut, A>(
    {
      graph,
      node,
      keySerde: engine.keySerde(keySerde),
      valueSerde,
      sourceNames: above.sourceNames,
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

function engineOf<K, KOut>(
  group: GroupedStreamHandle<K, unknown> | WindowedStreamHandle<K, unknown>,
): AggregationEngine<K, KOut> {
  const engine = group.kind === 'windowed-stream' ? windowEngine<K>(group.windows, group.emitOnClose) : plainEngine<K>()
  return engine as AggregationEngine<K, KOut>
}
