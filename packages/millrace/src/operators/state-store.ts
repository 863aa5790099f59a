/** `addStateStore`: a store that processors connect to by name. One that nobody connects to is never made. */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { StoreBuilder } from '../state/state-store.ts'

export function addStateStore(graph: Graph, store: StoreBuilder): void {
  graph.add(graph.root, new GraphNode(store.name, {}, (topology) => topology.addStateStore(store, [])))
}
