/**
 * `single.store.self.join`: a join of a stream with itself needs one window store, not two. The join's second windowed node
 * goes, and the join writes itself in its single-store form.
 */

import type { Graph } from './graph.ts'

export function rewriteSelfJoins(graph: Graph): void {
  for (const join of graph.nodes) {
    const facts = join.facts.streamStreamJoin
    if (facts === undefined || join.parents.length !== 1) continue
    const [parent] = join.parents
    const earlier = parent.children.filter((child) => child.buildPriority < join.buildPriority)
    const left = earlier.find((child) => child.name === facts.thisWindowed)
    const right = earlier.find((child) => child.name === facts.otherWindowed)
    if (left === undefined || right === undefined) continue
    parent.removeChild(right)
    join.decisions.selfJoin = true
  }
}
