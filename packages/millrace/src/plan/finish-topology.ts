/**
 * Turns what was written into the frozen `BuiltTopology`: sub-topologies with their topics, stores and co-partition groups,
 * and the text of `describe()`. Finds the mistakes that only the whole can show.
 */

import type { BuiltTopology, PhysicalNode, Subtopology } from './built-topology.ts'
import { copartitionMistakes, mergeCopartitionGroups } from './copartition.ts'
import type { DescribedNode } from './describe.ts'
import { describeTopology, hashSetText } from './describe.ts'
import { javaHashOrder } from './java-order.ts'
import { patternText } from './topic-pattern.ts'
import type { WrittenNode, WrittenTopology } from './topology-builder.ts'

export function finishTopology(written: WrittenTopology): { topology: BuiltTopology; mistakes: string[] } {
  const globalNames = new Set(
    [...written.globalStores.values()].flatMap((store) => [store.source.name, store.processorName]),
  )
  const nodes = new Map<string, PhysicalNode>()
  for (const [name, node] of written.nodes) if (!globalNames.has(name)) nodes.set(name, freezeNode(node))

  const copartitionTopics = written.copartitionGroups.map((sources) => topicsOf(nodes, sources))
  const merged = mergeCopartitionGroups(copartitionTopics)
  const subtopologies = written.groups
    .map((names, id) => ({ names, id }))
    .filter(({ names }) => !names.some((name) => globalNames.has(name)))
    .map(({ names, id }) => freezeSubtopology(id, names, nodes, merged))

  const groups = written.groups.map((names, id) => ({
    id,
    global: names.some((name) => globalNames.has(name)),
    nodes: names.map((name) => describedNode(written.nodes.get(name) as WrittenNode)),
  }))
  let text: string | undefined
  const topology: BuiltTopology = Object.freeze({
    nodes,
    subtopologies,
    stores: written.stores,
    globalStores: [...written.globalStores.values()],
    internalTopics: written.internalTopics,
    describe: () => (text ??= describeTopology(groups)),
  })
  return { topology, mistakes: copartitionMistakes(copartitionTopics, written.internalTopics) }
}

function freezeNode(written: WrittenNode): PhysicalNode {
  const { node } = written
  const children = Object.freeze([...written.children])
  if (node.type === 'sink') return Object.freeze(node)
  if (node.type === 'source') return Object.freeze({ ...node, children })
  return Object.freeze({ ...node, children, stores: Object.freeze(javaHashOrder(written.stores)) })
}

function freezeSubtopology(
  id: number,
  names: readonly string[],
  nodes: ReadonlyMap<string, PhysicalNode>,
  copartitionGroups: readonly ReadonlySet<string>[],
): Subtopology {
  const sourceTopics = topicsOf(nodes, names)
  const sinkTopics = new Set<string>()
  const stores = new Set<string>()
  for (const name of names) {
    const node = nodes.get(name)
    if (node?.type === 'sink' && typeof node.spec.topic === 'string') sinkTopics.add(node.spec.topic)
    if (node?.type === 'processor') for (const store of node.stores) stores.add(store)
  }
  return Object.freeze({
    id,
    nodes: names,
    sourceTopics: [...sourceTopics],
    sinkTopics: [...sinkTopics],
    stores: [...stores],
    copartitionGroups: copartitionGroups
      .filter((group) => [...group].some((topic) => sourceTopics.has(topic)))
      .map((group) => [...group]),
  })
}

/** Topics of those of the nodes that are sources with fixed topics. */
function topicsOf(nodes: ReadonlyMap<string, PhysicalNode>, names: Iterable<string>): Set<string> {
  const topics = new Set<string>()
  for (const name of names) {
    const node = nodes.get(name)
    if (node?.type !== 'source' || node.spec.topics instanceof RegExp) continue
    for (const topic of node.spec.topics) topics.add(topic)
  }
  return topics
}

function describedNode({ node, parents, stores }: WrittenNode): DescribedNode {
  return {
    name: node.name,
    title: nodeTitle(node, stores),
    isSource: node.type === 'source',
    isSink: node.type === 'sink',
    parents,
  }
}

function nodeTitle(node: PhysicalNode, stores: readonly string[]): string {
  if (node.type === 'source') {
    const { topics } = node.spec
    return `Source: ${node.name} (topics: ${topics instanceof RegExp ? patternText(topics) : hashSetText(topics)})`
  }
  if (node.type === 'processor') return `Processor: ${node.name} (stores: ${hashSetText(javaHashOrder(stores))})`
  const { topic } = node.spec
  if (typeof topic === 'string') return `Sink: ${node.name} (topic: ${topic})`
  return `Sink: ${node.name} (extractor class: ${topic.extractorName ?? (topic.name || 'anonymous')})`
}
