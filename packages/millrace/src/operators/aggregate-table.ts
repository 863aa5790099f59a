/**
 * Aggregation of a grouped table (KTableAggregate and KTableReduce), with the repartition it always has.
 *
 * A change first takes its old value away, if the key has an aggregate, then adds its new one. Both in one update where the
 * change has both. The result's time is the highest of the change's and what was stored.
 */

import { GraphNode } from '../plan/graph-node.ts'
import type { GroupedTableHandle, TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { REPARTITION_SUFFIX } from '../plan/repartition-node.ts'
import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { type DeferredSerde, deferSerde } from '../record/deferred-serde.ts'
import { StreamsError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { type Aggregator, type Initializer, initial } from './aggregate-functions.ts'
import { changeSerde } from './change-serde.ts'
import type { AggregationOptions } from './grouped-aggregation.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'
import { storeGetter, tableHandle } from './table-handle.ts'
import { type ChangeForwarder, TableStore } from './table-store.ts'

export interface TableAggregateFunctions<K, V, A> {
  /** Undefined: a reduction, the first value is stored as it is. */
  readonly init: Initializer<A> | undefined
  readonly add: Aggregator<K, V, A>
  readonly subtract: Aggregator<K, V, A>
}

export interface GroupedTableAggregation<K, V, A> {
  readonly prefix: 'KTABLE-AGGREGATE-' | 'KTABLE-REDUCE-'
  readonly functions: TableAggregateFunctions<K, V, A>
  /** Serde of the results where the options give none. */
  readonly valueSerde: Serde<A> | undefined
}

export function aggregateGroupedTable<K, V, A>(
  group: GroupedTableHandle<K, V>,
  aggregation: GroupedTableAggregation<K, V, A>,
  options: AggregationOptions<K, A>,
): TableHandle<K, A> {
  const { graph } = group
  const { functions } = aggregation
  // The store is called AGGREGATE for a reduction too.
  const storeName = storeNameOr(graph, options.store, 'KTABLE-AGGREGATE-', options.logging !== false)
  const sinkName = suffixedName(graph, options.name, '-sink', 'KSTREAM-SINK-')
  const sourceName = suffixedName(graph, options.name, '-source', 'KSTREAM-SOURCE-')
  const name = graph.nameOr(options.name, aggregation.prefix)
  const keySerde = options.key ?? group.keySerde
  const valueSerde = options.value ?? aggregation.valueSerde
  const store = tableStoreBuilder(storeName, options, keySerde, valueSerde)

  if (group.shared.repartitionNode === undefined || group.userName === undefined) {
    const topic = (group.userName ?? storeName) + REPARTITION_SUFFIX
    group.shared.repartitionNode = changeRepartition(group.keySerde, group.valueSerde, topic, sinkName, sourceName)
  }
  const repartition = graph.add(group.node, group.shared.repartitionNode)
  let sendOldValues = false
  const node = addProcessor<K, Change<V>, K, Change<A>>(graph, repartition, {
    name,
    facts: { versioned: options.versioned !== undefined },
    supplier: () => new TableAggregate(storeName, functions, sendOldValues),
    stores: () => [store],
  })
  return tableHandle(
    { graph, node, keySerde, valueSerde, sourceNames: new Set([sourceName]), queryableStoreName: options.store },
    {
      getter: () => storeGetter<K, A>(storeName),
      enableSendingOldValues() {
        sendOldValues = true
        return true
      },
    },
  )
}

/** Not a repartition that may be moved or merged, and without a filter: keys are never null here. */
function changeRepartition<K, V>(
  keySerde: Serde<K> | undefined,
  inner: Serde<V> | undefined,
  topic: string,
  sinkName: string,
  sourceName: string,
): GraphNode {
  const valueSerde: Serde<Change<V>> | DeferredSerde<unknown> =
    inner === undefined ? deferSerde('change(default)', changeSerde) : changeSerde(inner)
  return new GraphNode(sourceName, {}, (topology, node) => {
    topology.addInternalTopic({ name: topic })
    topology.addSink({ name: sinkName, parents: node.parentNames(), topic, keySerde, valueSerde })
    topology.addSource({ name: sourceName, topics: [topic], keySerde, valueSerde })
  })
}

class TableAggregate<K, V, A> implements Processor<K, Change<V>, K, Change<A>> {
  readonly #storeName: string
  readonly #functions: TableAggregateFunctions<K, V, A>
  readonly #sendOldValues: boolean
  #context!: OperatorContext<K, Change<A>>
  #store!: TableStore<K, A>
  #forwarder!: ChangeForwarder<K, A>

  constructor(storeName: string, functions: TableAggregateFunctions<K, V, A>, sendOldValues: boolean) {
    this.#storeName = storeName
    this.#functions = functions
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext<K, Change<A>>): void {
    this.#context = context as OperatorContext<K, Change<A>>
    this.#store = new TableStore(context as OperatorContext, this.#storeName)
    this.#forwarder = this.#store.forwarder(this.#context, this.#sendOldValues)
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, timestamp } = record
    const { newValue, oldValue } = record.value
    if (key === null) {
      throw new StreamsError(
        'MILLRACE_NULL_KEY',
        `${this.#context.nodeName}: a grouped table's record must have a key.`,
      )
    }
    const stored = this.#store.get(key)
    const before = stored === null ? null : stored.value
    let after = before
    let time = timestamp
    if (oldValue !== null && before !== null) {
      after = this.#functions.subtract(before, oldValue, key) ?? null
      time = Math.max(timestamp, (stored as NonNullable<typeof stored>).timestamp)
    }
    if (newValue !== null) {
      if (stored !== null && this.#takesStoredTime(after)) time = Math.max(timestamp, stored.timestamp)
      after = this.#functions.add(after ?? initial(this.#functions, this.#context), newValue, key) ?? null
    }
    const put = this.#store.put(key, after, time)
    if (put === 'not-put') return
    this.#forwarder.forward(time === timestamp ? record : record.withTimestamp(time), after, before, put === 'latest')
  }

  /** A reduction whose old value was all there was starts anew, an aggregation does not. */
  #takesStoredTime(intermediate: A | null): boolean {
    return this.#functions.init !== undefined || intermediate !== null
  }
}
