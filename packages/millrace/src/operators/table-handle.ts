/**
 * Table handles, and the getter of a table that has a store. What differs between tables is how they are read and who must
 * be asked for old values; operators say that in a `TableBehaviour`, called while the DSL builds.
 *
 * Both calls may force materialisation of a source table above, and the order of such calls is visible in what filters
 * forward (reference 3.1): so they run when they are made, never later.
 */

import type { Graph } from '../plan/graph.ts'
import type { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import type { OperatorContext } from '../processor/processor-context.ts'
import type { ValueGetter, ValueGetterSupplier } from '../processor/value-getter.ts'
import type { Serde } from '../record/serde.ts'
import type { ValueAndTimestamp, VersionedRecord } from '../state/stores.ts'
import { TableStore } from './table-store.ts'

export interface TableBehaviour<K, V> {
  getter(): ValueGetterSupplier<K, V>
  enableSendingOldValues(force: boolean): boolean
}

export interface TableFacts<K, V> {
  readonly graph: Graph
  readonly node: GraphNode
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  readonly sourceNames: ReadonlySet<string>
  readonly queryableStoreName: string | undefined
}

export function tableHandle<K, V>(facts: TableFacts<K, V>, behaviour: TableBehaviour<K, V>): TableHandle<K, V> {
  return Object.freeze({
    kind: 'table' as const,
    graph: facts.graph,
    node: facts.node,
    keySerde: facts.keySerde,
    valueSerde: facts.valueSerde,
    sourceNames: facts.sourceNames,
    queryableStoreName: facts.queryableStoreName,
    getter: () => behaviour.getter(),
    enableSendingOldValues: (force: boolean) => behaviour.enableSendingOldValues(force),
  })
}

/** Reads a table from its store. */
export function storeGetter<K, V>(storeName: string): ValueGetterSupplier<K, V> {
  return { get: () => new StoreGetter<K, V>(storeName), storeNames: [storeName] }
}

class StoreGetter<K, V> implements ValueGetter<K, V> {
  readonly #storeName: string
  #store!: TableStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: OperatorContext): void {
    this.#store = new TableStore(context, this.#storeName)
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.#store.get(key)
  }

  getAsOf(key: K, asOf: number): VersionedRecord<V> | null {
    return this.#store.getAsOf(key, asOf)
  }

  get isVersioned(): boolean {
    return this.#store.isVersioned
  }
}
