/**
 * `builder.addStateStore`
 *
 * Meaning: a store that processors connect to by name. One that nobody connects to is never made.
 *
 * Nulls: putting null deletes.
 *
 * Late and out-of-order: the store knows no time but what the processor gives it.
 *
 * Timestamp: nothing comes out; changelog records have that of the record being processed.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { StoreBuilder } from '../state/state-store.ts'

/**
 * Adds a store to the plan.
 *
 * @example
 * builder.addStateStore(keyValueStore({ name: 'seen', valueSerde: long() }))
 * orders.process(() => new Deduplicate(), { stores: ['seen'] })
 */
export function addStateStore(graph: Graph, store: StoreBuilder): void {
  graph.add(graph.root, new GraphNode(store.name, {}, (topology) => topology.addStateStore(store, [])))
}
