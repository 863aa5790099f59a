/**
 * A repartition drops records without a key, unless an operator somewhere below accepts them (left and outer joins): then
 * they must get through (KIP-962).
 */

import type { Graph } from './graph.ts'
import type { GraphNode } from './graph-node.ts'

export function decideNullKeys(graph: Graph): void {
  const accepts = new Map<GraphNode, boolean>()
  const acceptsBelow = (node: GraphNode): boolean => {
    const known = accepts.get(node)
    if (known !== undefined) return known
    const result = node.children
      .map((child) => acceptsBelow(child) || child.facts.acceptsNullKeys === true)
      .includes(true)
    accepts.set(node, result)
    return result
  }
  acceptsBelow(graph.root)
  for (const node of accepts.keys()) {
    if (node.facts.repartition) node.decisions.dropsNullKeys = !acceptsBelow(node)
  }
}
