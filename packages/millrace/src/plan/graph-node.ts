/**
 * A logical node: what one DSL call added to the plan. It carries its facts as plain data, and how it writes itself into the
 * physical topology; rewrites look at facts only, never at names or kinds (law 1).
 *
 * Links are kept here while the DSL builds; `build()` orders, rewrites and writes the nodes, and the plan is then frozen.
 */

import type { Topology } from './topology.ts'

export interface GraphNodeFacts {
  /** The key may differ after this node: a repartition is needed before the next keyed operator. */
  readonly keyChanging?: boolean
  /** The value's type or bytes may differ after this node, so its serde cannot be inherited by a repartition above it. */
  readonly valueChanging?: boolean
  /** Merges several streams. */
  readonly merge?: boolean
  /** A repartition that `merge.repartition.topics` may move up and merge with its siblings. */
  readonly optimizableRepartition?: object
  /** A stream–stream join of a stream with itself may become a single-store self join. */
  readonly streamStreamJoin?: object
  /** A table source whose topic `reuse.ktable.source.topics` may use as its changelog. */
  readonly tableSource?: object
  /** A left or outer join below accepts null keys, so repartition filters above it let them pass (KIP-962). */
  readonly acceptsNullKeys?: boolean
  /** Grace period of a windowed operator, ms: `suppress(untilWindowCloses)` looks it up the graph. */
  readonly graceMs?: number
  /** Whether the table's store is versioned; undefined: as the parent. */
  readonly versioned?: boolean
}

export class GraphNode {
  readonly name: string
  readonly facts: GraphNodeFacts
  readonly parents: GraphNode[] = []
  readonly children: GraphNode[] = []
  /** Order of creation: nodes are written in this order once their parents are. */
  buildPriority = -1
  readonly #write: (topology: Topology, node: GraphNode) => void

  constructor(name: string, facts: GraphNodeFacts, write: (topology: Topology, node: GraphNode) => void) {
    this.name = name
    this.facts = Object.freeze({ ...facts })
    this.#write = write
  }

  /** Writes this node's sources, processors, sinks and stores. `parents` have been written before. */
  write(topology: Topology): void {
    this.#write(topology, this)
  }

  /** Names of the physical nodes that this node's processors attach to. */
  parentNames(): string[] {
    return this.parents.map((parent) => parent.name)
  }
}
