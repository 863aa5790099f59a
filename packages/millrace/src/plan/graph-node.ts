/**
 * A logical node: what one DSL call added to the plan. It carries its facts as plain data, and how it writes itself into the
 * physical topology; rewrites look at facts only, never at names or kinds (law 1).
 *
 * Links are kept here while the DSL builds; `build()` orders, rewrites and writes the nodes, and the plan is then frozen.
 * What the rewrites decide about a node is in its `decisions`: `write`, and the node's processors, read them.
 */

import type { Serde } from '../record/serde.ts'
import type { OffsetReset, Topology } from './topology.ts'

/** A source of streams: equal subscriptions of one builder become one source. */
export interface StreamSourceFacts {
  readonly topics: readonly string[] | RegExp
  readonly offsetReset: OffsetReset | undefined
}

/** A repartition that `merge.repartition.topics` may move up to the key-changing node and merge with its siblings. */
export interface OptimizableRepartitionFacts {
  readonly topic: string
  readonly keySerde: Serde<unknown> | undefined
  readonly valueSerde: Serde<unknown> | undefined
}

/** Names of the two windowed nodes (children of the joined streams, added before the join) that a stream join reads. */
export interface StreamStreamJoinFacts {
  readonly thisWindowed: string
  readonly otherWindowed: string
}

export interface GraphNodeFacts {
  /** The key may differ after this node: a repartition is needed before the next keyed operator. */
  readonly keyChanging?: boolean
  /** The value's type or bytes may differ after this node, so its serde cannot be inherited by a repartition above it. */
  readonly valueChanging?: boolean
  /** Merges several streams. */
  readonly merge?: boolean
  readonly streamSource?: StreamSourceFacts
  /** Any repartition with a filter in front: it drops null keys unless a node below accepts them. */
  readonly repartition?: boolean
  readonly optimizableRepartition?: OptimizableRepartitionFacts
  /** A stream–stream join of a stream with itself may become a single-store self join. */
  readonly streamStreamJoin?: StreamStreamJoinFacts
  /** A table source whose topic `reuse.ktable.source.topics` may use as its changelog. */
  readonly tableSource?: boolean
  /** Compares a value with null and does no more: below a repartition it may be given something that stands for it. */
  readonly readsNoValue?: boolean
  /** A left or outer join below accepts null keys, so repartition filters above it let them pass (KIP-962). */
  readonly acceptsNullKeys?: boolean
  /** Grace period of a windowed operator, ms: `suppress(untilWindowCloses)` looks it up the graph. */
  readonly graceMs?: number
  /** Whether the table's store is versioned; undefined: as the parent. */
  readonly versioned?: boolean
  /** Does not work on versioned tables (suppress). */
  readonly refusesVersioned?: boolean
}

/** What `build()` decided about a node. Reading it earlier gives the defaults. */
export interface GraphNodeDecisions {
  /** Repartition: its filter drops null keys. */
  dropsNullKeys: boolean
  /** Repartition: nobody below looks at values. */
  valueUnread: boolean
  /** Stream join: both sides are one stream, write the single-store form. */
  selfJoin: boolean
  /** Table source: its topic is its changelog. */
  reuseSourceTopic: boolean
  /** Names of those parents whose output is versioned, so that out-of-order updates must not be applied. */
  readonly versionedParents: Set<string>
}

export class GraphNode {
  readonly name: string
  readonly facts: GraphNodeFacts
  readonly parents: GraphNode[] = []
  readonly children: GraphNode[] = []
  /** Order of creation: nodes are written in this order once their parents are. */
  buildPriority = -1
  readonly decisions: GraphNodeDecisions = {
    dropsNullKeys: false,
    valueUnread: false,
    selfJoin: false,
    reuseSourceTopic: false,
    versionedParents: new Set(),
  }
  readonly #write: (topology: Topology, node: GraphNode) => void

  /** @param name also the name of the physical node that children attach to. */
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

  /** Links a child; a second time it is no change, as a node is one child however often it is added. */
  addChild(child: GraphNode): void {
    if (!this.children.includes(child)) this.children.push(child)
    if (!child.parents.includes(this)) child.parents.push(this)
  }

  removeChild(child: GraphNode): void {
    remove(this.children, child)
    remove(child.parents, this)
  }
}

function remove(nodes: GraphNode[], node: GraphNode): void {
  const at = nodes.indexOf(node)
  if (at >= 0) nodes.splice(at, 1)
}
