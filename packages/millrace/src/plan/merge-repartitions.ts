/**
 * `merge.repartition.topics`: several repartitions below one key-changing node become one, right below it. Looks at facts
 * only. The algorithm, and so the names and the order of nodes, is Kafka Streams' own; each merged group burns three
 * indexes.
 */

import type { Serde } from '../record/serde.ts'
import type { Graph } from './graph.ts'
import type { GraphNode, OptimizableRepartitionFacts } from './graph-node.ts'
import { findUpwards } from './graph-search.ts'
import { renameInCopartition } from './merge-sources.ts'
import { newRepartitionNode } from './repartition-node.ts'

/** Key-changing nodes with the repartitions that they alone cause. */
type RepartitionsByCause = Map<GraphNode, Set<GraphNode>>

export function mergeRepartitionTopics(graph: Graph): void {
  const causes = findCauses(graph)
  attributeToMergeNodes(graph, causes)
  for (const [cause, repartitions] of causes) {
    if (repartitions.size > 0) mergeBelow(graph, cause, repartitions)
  }
}

function findCauses(graph: Graph): RepartitionsByCause {
  const causes: RepartitionsByCause = new Map()
  for (const node of graph.nodes) {
    if (node.facts.keyChanging) causes.set(node, new Set())
    else if (node.facts.optimizableRepartition !== undefined) {
      const cause = keyChangerOf(node)
      if (cause !== undefined) causes.get(cause)?.add(node)
    }
  }
  return causes
}

/** The key changer above, unless a value changer is in between: then the bytes above are not those to repartition. */
function keyChangerOf(repartition: GraphNode): GraphNode | undefined {
  const changer = findUpwards(repartition, ({ facts }) => facts.keyChanging === true || facts.valueChanging === true)
  const keyChanger = findUpwards(repartition, ({ facts }) => facts.keyChanging === true)
  return changer === keyChanger ? keyChanger : undefined
}

/** Repartitions below a merge of several key changers are the merge node's. */
function attributeToMergeNodes(graph: Graph, causes: RepartitionsByCause): void {
  const mergeNodes = graph.nodes.filter((node) => node.facts.merge === true)
  const causesOfMerges = mergeNodes.map((merge) => ({ merge, causes: causesAbove(merge, causes) }))
  const attributed = new Set<GraphNode>()
  for (const entry of causesOfMerges) {
    const repartitions = new Set<GraphNode>()
    for (const cause of entry.causes) {
      for (const repartition of causes.get(cause) ?? []) repartitions.add(repartition)
      attributed.add(cause)
    }
    causes.set(entry.merge, repartitions)
  }
  for (const cause of attributed) causes.delete(cause)
}

function causesAbove(merge: GraphNode, causes: RepartitionsByCause): GraphNode[] {
  return [...causes]
    .filter(([, repartitions]) => [...repartitions].every((repartition) => hasParentBelow(repartition, merge)))
    .filter(([cause]) => hasParentBelow(merge, cause))
    .map(([cause]) => cause)
}

/** Whether the node, or one above it, is a child of `parent`. */
function hasParentBelow(node: GraphNode, parent: GraphNode): boolean {
  return findUpwards(node, (candidate) => candidate.parents.includes(parent)) !== undefined
}

function mergeBelow(graph: Graph, cause: GraphNode, repartitions: ReadonlySet<GraphNode>): void {
  const facts = [...repartitions].map((node) => node.facts.optimizableRepartition as OptimizableRepartitionFacts)
  const merged = newRepartitionNode<unknown, unknown>(graph, {
    prefix: facts[0].topic,
    keySerde: facts.find((each) => each.keySerde !== undefined)?.keySerde as Serde<unknown> | undefined,
    valueSerde: facts.find((each) => each.valueSerde !== undefined)?.valueSerde as Serde<unknown> | undefined,
    userNamed: true,
  })
  merged.buildPriority = cause.buildPriority
  for (const repartition of repartitions) {
    const top = findUpwards(repartition, (candidate) => candidate.parents.includes(cause)) as GraphNode
    merged.addChild(top)
    cause.removeChild(top)
    const below = [...repartition.children]
    const above = [...repartition.parents]
    for (const child of below) for (const parent of above) parent.addChild(child)
    for (const parent of above) parent.removeChild(repartition)
    for (const child of below) repartition.removeChild(child)
    renameInCopartition(graph, repartition.name, merged.name)
  }
  cause.addChild(merged)
}
