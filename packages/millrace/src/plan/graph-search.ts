/** Searches up the logical plan, as Kafka Streams' rewrites do it: depth first, parents in the order they were linked. */

import type { GraphNode } from './graph-node.ts'

/** The node itself or the first one above it that matches. */
export function findUpwards(start: GraphNode, matches: (node: GraphNode) => boolean): GraphNode | undefined {
  if (matches(start)) return start
  for (const parent of start.parents) {
    if (matches(parent)) return parent
    const found = findUpwards(parent, matches)
    if (found !== undefined) return found
  }
  return undefined
}
