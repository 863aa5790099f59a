/**
 * `join`, `leftJoin` of tables on a foreign key
 *
 * Meaning: a value made of the left row is a key of the right table. The result is the table of left rows joined with the
 * right row they point to, under the left key, kept up to date by both sides. The tables may have any
 * partition counts: left rows subscribe to the right side through one internal topic, and are answered through another, so
 * the result is there a little later.
 *
 * Nulls: a left row without a foreign key: `join` drops (counts) it and deletes what it had joined before; `leftJoin` joins
 * it with null. No right row: `join` deletes, `leftJoin` joins with null. A joiner that gives null deletes. Tombstones may
 * come for rows that were not there.
 *
 * Late and out-of-order: an answer to a left value that has changed meanwhile is dropped (`stale`), recognised by a hash of
 * the value's bytes: so its serde must always write equal values equally. Updates of versioned tables that are not the
 * latest are dropped (counted).
 *
 * Timestamp: of a left change the later of both rows' times, of a right change the right row's. Headers: the change's.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import type { SinkSpec, SourceSpec, StreamPartitioner } from '../plan/topology.ts'
import type { Change } from '../processor/change.ts'
import type { Serde } from '../record/serde.ts'
import { bytes } from '../record/serdes/bytes.ts'
import { timestampedKeyValueStore } from '../state/key-value-store.ts'
import { ForeignKeyFanOut } from './foreign-key-fan-out.ts'
import { foreignKeyJoinNames } from './foreign-key-join-names.ts'
import { ForeignKeyLookup } from './foreign-key-lookup.ts'
import { otherPartitioning, type PrimaryKeyPartitioner, responsePartitioning } from './foreign-key-partitioning.ts'
import { ForeignKeyReceive } from './foreign-key-receive.ts'
import { ForeignKeyResolve } from './foreign-key-resolve.ts'
import { responseSerde } from './foreign-key-response.ts'
import { ForeignKeySend } from './foreign-key-send.ts'
import { subscriptionSerde } from './foreign-key-subscription.ts'
import type { MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { tableHandle } from './table-handle.ts'
import { TableSource } from './table-source-processor.ts'

/** `name` names the nodes, both internal topics and the subscription store (`<name>-subscription-store`, …). */
export interface ForeignKeyJoinOptions<K, V, KO, VO, VOut> extends MaterializedOptions<K, VOut>, NamedOptions {
  /** The key of the right row; null (or undefined): none. */
  readonly foreignKey: (value: V, key: K) => KO | null | undefined
  readonly join: (left: V, right: VO, key: K) => VOut | null | undefined
  /** How the left table is partitioned, where it is not by its key's hash. Must give one partition. */
  readonly partitioner?: PrimaryKeyPartitioner<K> | undefined
  /** How the right table is partitioned, where it is not by its key's hash. Must give one partition. */
  readonly otherPartitioner?: PrimaryKeyPartitioner<KO> | undefined
}

export interface ForeignKeyLeftJoinOptions<K, V, KO, VO, VOut>
  extends Omit<ForeignKeyJoinOptions<K, V, KO, VO, VOut>, 'join'> {
  readonly join: (left: V, right: VO | null, key: K) => VOut | null | undefined
}

/**
 * Left rows joined with the right rows they point to.
 *
 * @example
 * orderTable.join(customers, {
 *   foreignKey: (order) => order.customerId,
 *   join: (order, customer) => ({ ...order, customer: customer.name }),
 *   store: 'orders-with-customer',
 * })
 */
export function joinOnForeignKey<K, V, KO, VO, VOut>(
  left: TableHandle<K, V>,
  right: TableHandle<KO, VO>,
  options: ForeignKeyJoinOptions<K, V, KO, VO, VOut>,
): TableHandle<K, VOut> {
  return join(left, right, options as ForeignKeyLeftJoinOptions<K, V, KO, VO, VOut>, false)
}

/**
 * As `joinOnForeignKey`, keeping left rows without a right one: `right` is null.
 *
 * @example
 * orderTable.leftJoin(customers, {
 *   foreignKey: (order) => order.customerId,
 *   join: (order, customer) => ({ ...order, customer: customer?.name ?? 'unknown' }),
 * })
 */
export function leftJoinOnForeignKey<K, V, KO, VO, VOut>(
  left: TableHandle<K, V>,
  right: TableHandle<KO, VO>,
  options: ForeignKeyLeftJoinOptions<K, V, KO, VO, VOut>,
): TableHandle<K, VOut> {
  return join(left, right, options, true)
}

function join<K, V, KO, VO, VOut>(
  left: TableHandle<K, V>,
  right: TableHandle<KO, VO>,
  options: ForeignKeyLeftJoinOptions<K, V, KO, VO, VOut>,
  isLeft: boolean,
): TableHandle<K, VOut> {
  const { graph } = left
  right.enableSendingOldValues(true)
  left.enableSendingOldValues(true)
  const names = foreignKeyJoinNames(graph, options)
  const topic = names.registrationTopic
  const { keySerde, valueSerde } = left
  const foreignKeySerde = right.keySerde
  const access = { storeName: names.subscriptionStore, foreignKeySerde, topic }
  const rightRows = right.getter()
  const leftRows = left.getter()

  const send: GraphNode = addProcessor(graph, left.node, {
    name: names.send,
    supplier: () =>
      new ForeignKeySend({
        foreignKey: options.foreignKey,
        left: isLeft,
        keySerde,
        valueSerde,
        foreignKeySerde,
        topic,
        versioned: send.decisions.versionedParents.size > 0,
      }),
  })
  const registration = addTopic(graph, [send], {
    sink: {
      name: names.registrationSink,
      topic,
      keySerde: foreignKeySerde,
      valueSerde: subscriptionSerde,
      partitioner: otherPartitioning(options.otherPartitioner) as StreamPartitioner<never, never> | undefined,
    },
    source: { name: names.registrationSource, keySerde: foreignKeySerde, valueSerde: subscriptionSerde },
  })
  graph.copartition([...right.sourceNames, names.registrationSource])

  const store = timestampedKeyValueStore({
    name: names.subscriptionStore,
    keySerde: bytes(),
    valueSerde: subscriptionSerde,
    logsHeaders: true,
  })
  const receive = addProcessor(graph, registration, {
    name: names.receive,
    supplier: () => new ForeignKeyReceive(access),
    stores: () => [store],
  })
  const lookup = addProcessor(graph, receive, {
    name: names.lookup,
    supplier: () => new ForeignKeyLookup(rightRows.get()),
    connect: () => rightRows.storeNames,
  })
  const fanOut: GraphNode = addProcessor(graph, right.node, {
    name: names.fanOut,
    supplier: () => new ForeignKeyFanOut<KO, VO>(access, fanOut.decisions.versionedParents.size > 0),
    stores: () => [store],
  })
  const responses = responseSerde(right.valueSerde)
  const response = addTopic(graph, [lookup, fanOut], {
    sink: {
      name: names.responseSink,
      topic: names.responseTopic,
      keySerde: bytes() as Serde<unknown>,
      valueSerde: responses,
      partitioner: responsePartitioning(options.partitioner, keySerde) as StreamPartitioner<never, never>,
    },
    source: { name: names.responseSource, keySerde, valueSerde: responses },
  })
  const sourceNames = new Set([...left.sourceNames, names.responseSource])
  graph.copartition(sourceNames)

  const resolve = addProcessor(graph, response, {
    name: names.resolve,
    supplier: () => new ForeignKeyResolve({ joiner: options.join, left: isLeft, valueSerde, topic }, leftRows.get()),
    connect: () => leftRows.storeNames,
  })
  return addResult(left, resolve, names, options, sourceNames)
}

/** The result is a table of its own, with a store if it is named or read. */
function addResult<K, V, KO, VO, VOut>(
  left: TableHandle<K, V>,
  resolve: GraphNode,
  names: { readonly result: string; readonly resultStore: string },
  options: ForeignKeyLeftJoinOptions<K, V, KO, VO, VOut>,
  sourceNames: ReadonlySet<string>,
): TableHandle<K, VOut> {
  const { graph } = left
  const keySerde = options.key ?? left.keySerde
  const valueSerde = options.value
  const source = new TableSource<K, VOut>(names.resultStore, options.store !== undefined)
  const builder = tableStoreBuilder(names.resultStore, options, keySerde, valueSerde)
  const node = addProcessor<K, VOut | null, K, Change<VOut>>(graph, resolve, {
    name: names.result,
    facts: { versioned: options.versioned !== undefined },
    supplier: () => source.processor(),
    stores: () => (source.materialized ? [builder] : []),
  })
  return tableHandle({ graph, node, keySerde, valueSerde, sourceNames, queryableStoreName: options.store }, source)
}

interface TopicEnds {
  readonly sink: Omit<SinkSpec, 'parents' | 'topic'> & { readonly topic: string }
  readonly source: Omit<SourceSpec, 'topics'>
}

/** An internal topic: its sink below the parents, its source below that. */
function addTopic(graph: Graph, parents: readonly GraphNode[], { sink, source }: TopicEnds): GraphNode {
  const sinkNode = new GraphNode(sink.name, {}, (topology, node) => {
    topology.addInternalTopic({ name: sink.topic })
    topology.addSink({ ...sink, parents: node.parentNames() })
  })
  const sourceNode = new GraphNode(source.name, {}, (topology) =>
    topology.addSource({ ...source, topics: [sink.topic] }),
  )
  graph.add(parents, sinkNode)
  return graph.add(sinkNode, sourceNode)
}
