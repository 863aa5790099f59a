/**
 * `builder.table`
 *
 * Meaning: the topic's records are updates of a table, the latest value of each key. The table is kept in a store if it is
 * named, or as soon as an operator needs to read it; without one, updates flow through.
 *
 * Nulls: a null key is dropped (counted), a null value deletes.
 *
 * Late and out-of-order: a plain table takes updates in offset order, whatever their time. A versioned one keeps its history:
 * an update older than the latest is stored in its place and forwarded as not the latest; older than the history, dropped.
 *
 * Timestamp: the record's.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import { writeProcessor } from '../plan/operator-graph.ts'
import type { OffsetReset, TimestampExtractor } from '../plan/topology.ts'
import type { Change } from '../processor/change.ts'
import type { MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'
import { tableHandle } from './table-handle.ts'
import { TableSource } from './table-source-processor.ts'

/** `key` and `value` are the topic's serdes, and the store's. `name` is the table's node; its source is `<name>-source`. */
export interface TableSourceOptions<K, V> extends MaterializedOptions<K, V>, NamedOptions {
  readonly timestampExtractor?: TimestampExtractor | undefined
  readonly offsetReset?: OffsetReset | undefined
}

/**
 * A table of a topic.
 *
 * @example
 * builder.table(topic('users', { key: string(), value: json<User>() }), { store: 'users' })
 */
export function tableSource<K, V>(
  graph: Graph,
  topic: string,
  options: TableSourceOptions<K, V> = {},
): TableHandle<K, V> {
  const storeName = storeNameOr(graph, options.store, `${topic}-`, options.logging !== false)
  const sourceName = suffixedName(graph, options.name, '-source', 'KSTREAM-SOURCE-')
  const name = graph.nameOr(options.name, 'KTABLE-SOURCE-')
  const { key: keySerde, value: valueSerde } = options
  const source = new TableSource<K, V>(storeName, options.store !== undefined)
  const facts = { tableSource: true, versioned: options.versioned !== undefined }
  const node = new GraphNode(name, facts, (topology, self) => {
    const { timestampExtractor, offsetReset } = options
    topology.addSource({ name: sourceName, topics: [topic], keySerde, valueSerde, timestampExtractor, offsetReset })
    const reuse = self.decisions.reuseSourceTopic
    const kept = reuse ? { ...options, logging: false } : options
    const stores = source.materialized ? [tableStoreBuilder(storeName, kept, keySerde, valueSerde)] : []
    writeProcessor<K, V | null, K, Change<V>>(
      topology,
      { name, supplier: () => source.processor(), stores: () => stores },
      [sourceName],
    )
    if (reuse && source.materialized) topology.connectSourceStoreAndTopic(storeName, topic)
  })
  graph.add(graph.root, node)
  const sourceNames = new Set([sourceName])
  return tableHandle({ graph, node, keySerde, valueSerde, sourceNames, queryableStoreName: options.store }, source)
}
