/**
 * A topic subscribed to twice in one builder is one source: the children of the later subscription move to the first.
 * Always on. Subscriptions that overlap without being equal cannot be told apart record by record: a mistake.
 */

import type { Graph } from './graph.ts'
import type { GraphNode, StreamSourceFacts } from './graph-node.ts'

export function mergeDuplicateSources(graph: Graph): void {
  const mainSources = new Map<string, GraphNode>()
  for (const node of [...graph.root.children]) {
    const facts = node.facts.streamSource
    if (facts === undefined) continue
    for (const key of subscriptionKeys(facts)) {
      const main = mainSources.get(key)
      if (main === undefined) mainSources.set(key, node)
      else if (main !== node && node.parents.length > 0) merge(graph, main, node, key)
    }
  }
}

function merge(graph: Graph, main: GraphNode, other: GraphNode, key: string): void {
  const mainFacts = main.facts.streamSource as StreamSourceFacts
  const otherFacts = other.facts.streamSource as StreamSourceFacts
  const [mainKeys, otherKeys] = [new Set(subscriptionKeys(mainFacts)), new Set(subscriptionKeys(otherFacts))]
  if (mainKeys.symmetricDifference(otherKeys).size > 0) {
    graph.mistakes.push(
      `Two streams read overlapping but not equal sets of topics (${[...mainKeys].join(', ')} and ` +
        `${[...otherKeys].join(', ')}, both ${key}); read the topics one by one and merge the streams.`,
    )
  } else if (JSON.stringify(mainFacts.offsetReset) !== JSON.stringify(otherFacts.offsetReset)) {
    graph.mistakes.push(`Topic ${key} is read twice with different offset resets; give both the same.`)
  }
  // Merged even then, so that the same mistake is not found again further on.
  for (const child of [...other.children]) {
    other.removeChild(child)
    main.addChild(child)
  }
  graph.root.removeChild(other)
  renameInCopartition(graph, other.name, main.name)
}

function subscriptionKeys(facts: StreamSourceFacts): readonly string[] {
  return facts.topics instanceof RegExp ? [`/${facts.topics.source}/${facts.topics.flags}`] : facts.topics
}

/** A source that was replaced keeps its place in the co-partition groups. */
export function renameInCopartition(graph: Graph, from: string, to: string): void {
  for (const group of graph.copartitionGroups) if (group.delete(from)) group.add(to)
}
