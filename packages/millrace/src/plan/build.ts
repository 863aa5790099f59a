/**
 * From the logical plan to the physical topology: merge equal sources, rewrite what `optimization` allows, decide what nodes
 * must know of each other, then write the nodes in the order of their creation, parents first. The order is Kafka Streams'
 * own, since sub-topology ids and the order of children come from it.
 *
 * Rewrites and decisions look at facts only.
 */

import { TopologyError } from '../record/errors.ts'
import type { BuiltTopology } from './built-topology.ts'
import type { Graph } from './graph.ts'
import type { GraphNode } from './graph-node.ts'
import { mergeRepartitionTopics } from './merge-repartitions.ts'
import { mergeDuplicateSources } from './merge-sources.ts'
import { decideNullKeys } from './null-keys.ts'
import { rewriteSelfJoins } from './self-join.ts'
import { type ProcessorWrapper, TopologyBuilder } from './topology-builder.ts'
import { decideUnreadValues } from './unread-values.ts'
import { decideVersionedSemantics } from './versioned-semantics.ts'

export type Optimization = 'reuse.ktable.source.topics' | 'merge.repartition.topics' | 'single.store.self.join'

export const OPTIMIZATIONS: readonly Optimization[] = [
  'reuse.ktable.source.topics',
  'merge.repartition.topics',
  'single.store.self.join',
]

export interface BuildOptions {
  /** `topology.optimization`: which rewrites to apply. Default `none`. Changing it changes internal topics. */
  readonly optimization?: 'none' | 'all' | Optimization | readonly Optimization[]
  /** `ensure.explicit.internal.resource.naming`: refuse internal topics and stores named by a counter. Default false. */
  readonly explicitNaming?: boolean
  /** `processor.wrapper.class`: wraps every processor, also those of the DSL's operators. Default: none. */
  readonly processorWrapper?: ProcessorWrapper
}

/**
 * Builds the plan. A graph is built once: rewriting changes it.
 *
 * @throws TopologyError that lists every mistake in the plan
 */
export function buildTopology(graph: Graph, options: BuildOptions = {}): BuiltTopology {
  const optimizations = chosenOptimizations(options.optimization ?? 'none')
  mergeDuplicateSources(graph)
  if (optimizations.has('reuse.ktable.source.topics')) reuseTableSourceTopics(graph)
  if (optimizations.has('merge.repartition.topics')) mergeRepartitionTopics(graph)
  if (optimizations.has('single.store.self.join')) rewriteSelfJoins(graph)
  decideNullKeys(graph)
  decideVersionedSemantics(graph)

  const nodes = inBuildOrder(graph)
  // A wrapper sees every value.
  if (options.processorWrapper === undefined) decideUnreadValues(nodes)

  const topology = new TopologyBuilder(options.processorWrapper)
  for (const node of nodes) node.write(topology)
  for (const group of graph.copartitionGroups) topology.copartition([...group])
  return topology.finish([...graph.mistakes, ...(options.explicitNaming ? implicitNames(graph) : [])])
}

function chosenOptimizations(option: NonNullable<BuildOptions['optimization']>): ReadonlySet<string> {
  if (option === 'none') return new Set()
  if (option === 'all') return new Set(OPTIMIZATIONS)
  const chosen: readonly string[] = typeof option === 'string' ? [option] : option
  const unknown = chosen.filter((name) => !OPTIMIZATIONS.includes(name as Optimization))
  if (unknown.length === 0) return new Set(chosen)
  throw new TopologyError(
    `topology.optimization: ${unknown.join(', ')} is unknown; use none, all, or some of ${OPTIMIZATIONS.join(', ')}.`,
  )
}

function reuseTableSourceTopics(graph: Graph): void {
  for (const node of graph.nodes) if (node.facts.tableSource) node.decisions.reuseSourceTopic = true
}

/** Nodes whose parents are all written, lowest build priority first; of equals the one that became ready first. */
function inBuildOrder(graph: Graph): GraphNode[] {
  const written = new Set<GraphNode>()
  const ready: GraphNode[] = [graph.root]
  while (ready.length > 0) {
    let first = 0
    for (let i = 1; i < ready.length; i++) if (ready[i].buildPriority < ready[first].buildPriority) first = i
    const [node] = ready.splice(first, 1)
    written.add(node)
    for (const child of node.children) {
      if (!ready.includes(child) && child.parents.every((parent) => written.has(parent))) ready.push(child)
    }
  }
  return [...written]
}

function implicitNames(graph: Graph): string[] {
  return graph.implicitNames.map(
    ({ resource, name }) => `The ${resource} ${name} has a generated name; name it, since explicit naming is on.`,
  )
}
