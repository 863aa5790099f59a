/**
 * What an operator is given and gives back: handles on the plan under construction. The DSL's KStream, KTable, … are thin
 * façades over them; an operator is a function from handle to handle, so users and packages can write their own.
 */

import type { ValueGetterSupplier } from '../processor/value-getter.ts'
import type { Serde } from '../record/serde.ts'
import type { Windows } from '../window/windows.ts'
import type { Graph } from './graph.ts'
import type { GraphNode } from './graph-node.ts'

interface Handle<K, V> {
  readonly graph: Graph
  readonly node: GraphNode
  /** Undefined: the app's default serde. */
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  /** Names of the source nodes whose partitions this stream or table follows. */
  readonly sourceNames: ReadonlySet<string>
}

export interface StreamHandle<K, V> extends Handle<K, V> {
  readonly kind: 'stream'
  readonly repartitionRequired: boolean
}

export interface TableHandle<K, V> extends Handle<K, V> {
  readonly kind: 'table'
  /** The store's name if the table has one that can be queried by name. */
  readonly queryableStoreName: string | undefined
  /** How others read the table. Calling it may force materialisation of a source table. */
  getter(): ValueGetterSupplier<K, V>
  /**
   * Asks the nodes above to forward old values. With `force`, a source table without a store is materialised; without,
   * false is returned where that would be needed.
   */
  enableSendingOldValues(force: boolean): boolean
}

export interface GlobalTableHandle<K, V> {
  readonly kind: 'global-table'
  readonly graph: Graph
  readonly storeName: string
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  getter(): ValueGetterSupplier<K, V>
}

/** A grouped stream: what `groupBy` and `groupByKey` give. */
export interface GroupedStreamHandle<K, V> extends Handle<K, V> {
  readonly kind: 'grouped-stream'
  readonly repartitionRequired: boolean
  /** The user's name for the grouping: names the repartition topic and shares it between aggregations. */
  readonly userName: string | undefined
  /** Holds the repartition node once made, so that further aggregations of the same grouping share it. */
  readonly shared: { repartitionNode: GraphNode | undefined }
}

export interface WindowedStreamHandle<K, V> extends Omit<GroupedStreamHandle<K, V>, 'kind'> {
  readonly kind: 'windowed-stream'
  readonly windows: Windows
  /** `emitStrategy`: undefined is on window update. */
  readonly emitOnClose: boolean
}

export interface GroupedTableHandle<K, V> extends Handle<K, V> {
  readonly kind: 'grouped-table'
  readonly userName: string | undefined
  readonly shared: { repartitionNode: GraphNode | undefined }
}

/** One grouped stream with its aggregator, among those cogrouped. */
export interface CogroupMember<K, VOut> {
  readonly group: GroupedStreamHandle<K, never>
  add(aggregate: VOut, value: never, key: K): VOut | null
}

export interface CogroupedHandle<K, VOut> {
  readonly kind: 'cogrouped-stream'
  readonly graph: Graph
  readonly members: readonly CogroupMember<K, VOut>[]
  readonly windows: Windows | undefined
}

/** An operator: from one handle to another. `stream.apply(operator)` wraps what it gives back. */
export type Operator<In, Out> = (input: In) => Out
