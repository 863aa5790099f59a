/**
 * `toTable`
 *
 * Meaning: the stream's records are updates of a table, the latest value of each key. If the key was changed above, the
 * records go through a repartition topic first. Kept in a store as `table` is: if named, or when an operator reads it.
 *
 * Nulls: a null key is dropped (counted), a null value deletes.
 *
 * Late and out-of-order: as `table`: in the order of arrival, unless the table is versioned.
 *
 * Timestamp: the record's.
 */

import type { StreamHandle, TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { newRepartitionNode } from '../plan/repartition-node.ts'
import type { Change } from '../processor/change.ts'
import type { Serde } from '../record/serde.ts'
import type { MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { storeNameOr } from './operator-names.ts'
import { tableHandle } from './table-handle.ts'
import { TableSource } from './table-source-processor.ts'

/** `name` is the table's node; it names the repartition topic too. */
export interface ToTableOptions<K, V> extends MaterializedOptions<K, V>, NamedOptions {}

/**
 * The stream's records as updates of a table.
 *
 * @example
 * positions.toTable({ store: 'last-position' })
 */
export function toTable<K, V>(
  stream: StreamHandle<K, V>,
  options: ToTableOptions<K, NonNullable<V>> = {},
): TableHandle<K, NonNullable<V>> {
  const { graph } = stream
  const name = graph.nameOr(options.name, 'KSTREAM-TOTABLE-')
  const storeName = storeNameOr(graph, options.store, 'KSTREAM-TOTABLE-', options.logging !== false)
  const keySerde = options.key ?? stream.keySerde
  const valueSerde = options.value ?? (stream.valueSerde as Serde<NonNullable<V>> | undefined)
  let parent = stream.node
  let sourceNames = stream.sourceNames
  if (stream.repartitionRequired) {
    const userNamed = options.name !== undefined
    parent = graph.add(parent, newRepartitionNode(graph, { prefix: name, keySerde, valueSerde, userNamed }))
    sourceNames = new Set([parent.name])
  }
  const source = new TableSource<K, NonNullable<V>>(storeName, options.store !== undefined)
  const builder = tableStoreBuilder(storeName, options, keySerde, valueSerde)
  const node = addProcessor<K, NonNullable<V> | null, K, Change<NonNullable<V>>>(graph, parent, {
    name,
    facts: { versioned: options.versioned !== undefined },
    supplier: () => source.processor(),
    stores: () => (source.materialized ? [builder] : []),
  })
  return tableHandle({ graph, node, keySerde, valueSerde, sourceNames, queryableStoreName: options.store }, source)
}
