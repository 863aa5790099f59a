/**
 * `builder.globalTable`
 *
 * Meaning: a table of all the topic's partitions, on every worker: read to its end before anything is processed, then kept
 * up to date beside the tasks. A stream can be joined with it on any key, with no repartition.
 *
 * Nulls: a null key is dropped (counted), a null value deletes.
 *
 * Late and out-of-order: updates are taken in offset order and are not synchronised with the time of any stream: a join
 * sees the table as it is now. It is never versioned, never logged (its topic is its changelog), never cached.
 *
 * Timestamp: rows keep the record's; nothing comes out.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { GlobalTableHandle } from '../plan/handles.ts'
import type { TimestampExtractor } from '../plan/topology.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import { TopologyError } from '../record/errors.ts'
import type { MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'
import { storeGetter } from './table-handle.ts'
import { TableSource } from './table-source-processor.ts'

/** `key` and `value` are the topic's serdes, and the store's. `name` is the table's node; its source is `<name>-source`. */
export interface GlobalTableOptions<K, V> extends MaterializedOptions<K, V>, NamedOptions {
  readonly timestampExtractor?: TimestampExtractor | undefined
}

/**
 * A table of all of a topic, on every worker.
 *
 * @throws TopologyError if it is to be versioned
 * @example
 * builder.globalTable(topic('airports', { key: string(), value: json<Airport>() }))
 */
export function globalTable<K, V>(
  graph: Graph,
  topic: string,
  options: GlobalTableOptions<K, V> = {},
): GlobalTableHandle<K, V> {
  if (options.versioned !== undefined) {
    throw new TopologyError(`globalTable(${topic}): a global table cannot be versioned; use table() for that.`)
  }
  const storeName = storeNameOr(graph, options.store, `${topic}-`, false)
  const sourceName = suffixedName(graph, options.name, '-source', 'KSTREAM-SOURCE-')
  const name = graph.nameOr(options.name, 'KTABLE-SOURCE-')
  const { key: keySerde, value: valueSerde } = options
  const source = new TableSource<K, V>(storeName, true)
  const node = new GraphNode(name, {}, (topology) => {
    topology.addGlobalStore({
      store: tableStoreBuilder(storeName, { ...options, logging: false, caching: false }, keySerde, valueSerde),
      source: {
        name: sourceName,
        topics: [topic],
        keySerde,
        valueSerde,
        timestampExtractor: options.timestampExtractor,
      },
      processorName: name,
      supplier: (() => source.processor()) as ProcessorSupplier<never, never>,
    })
  })
  graph.add(graph.root, node)
  return Object.freeze({
    kind: 'global-table' as const,
    graph,
    storeName,
    keySerde,
    valueSerde,
    getter: () => storeGetter<K, V>(storeName),
  })
}
