/**
 * Which nodes read versioned tables. Whether a table is versioned is its own store's fact, else inherited from all its
 * parents; operators then ignore out-of-order updates, and suppress, which cannot, is refused.
 */

import type { Graph } from './graph.ts'
import type { GraphNode } from './graph-node.ts'

export function decideVersionedSemantics(graph: Graph): void {
  const known = new Map<GraphNode, boolean>()
  const isVersioned = (node: GraphNode): boolean => {
    let versioned = node.facts.versioned ?? known.get(node)
    if (versioned === undefined) {
      versioned = node !== graph.root && node.parents.every(isVersioned)
      known.set(node, versioned)
    }
    return versioned
  }
  for (const node of graph.nodes) {
    for (const parent of node.parents) if (isVersioned(parent)) node.decisions.versionedParents.add(parent.name)
    if (node.facts.refusesVersioned && node.parents.every(isVersioned)) {
      graph.mistakes.push(`${node.name} does not work on a versioned table; materialise the table without versions.`)
    }
  }
}
