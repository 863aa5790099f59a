/**
 * `Topology.describe()`: Kafka Streams' text, character for character, since people compare it in CI.
 *
 * Nodes are sorted by the size of what is below them, then by name. The lists behind the arrows were sorted while those
 * sizes were still growing, in the order of Java's hash maps; so is ours (`java-order.ts`).
 */

import { JavaTreeSet, javaHashOrder } from './java-order.ts'

export interface DescribedNode {
  readonly name: string
  /** E.g. `Source: x (topics: [a])`. */
  readonly title: string
  readonly isSource: boolean
  readonly isSink: boolean
  readonly parents: readonly string[]
}

export interface DescribedGroup {
  readonly id: number
  /** A global store: never a task. */
  readonly global: boolean
  /** In insertion order. */
  readonly nodes: readonly DescribedNode[]
}

export function describeTopology(groups: readonly DescribedGroup[]): string {
  const text = groups
    .toSorted((a, b) => a.id - b.id)
    .map((group) => {
      const head = group.global ? `${group.id} for global store (will not generate tasks)` : `${group.id}`
      const nodes = sortedNodes(group).map((node) => `    ${nodeText(node)}\n`)
      return `  Sub-topology: ${head}\n${nodes.join('')}${group.global ? '' : '\n'}`
    })
  return `Topologies:\n ${text.join('')}`
}

/** `[a, b]` in the order of a Java hash set copied from another collection. */
export function hashSetText(names: Iterable<string>): string {
  return `[${javaHashOrder(names, true).join(', ')}]`
}

class SortedNode {
  readonly node: DescribedNode
  size = 1
  readonly parents: JavaTreeSet<SortedNode> = new JavaTreeSet(compareNodes)
  readonly children: JavaTreeSet<SortedNode> = new JavaTreeSet(compareNodes)

  constructor(node: DescribedNode) {
    this.node = node
  }

  grow(by: number): void {
    this.size += by
    for (const parent of this.parents.values()) parent.grow(by)
  }
}

function compareNodes(a: SortedNode, b: SortedNode): number {
  if (a === b) return 0
  if (a.size !== b.size) return b.size - a.size
  return a.node.name < b.node.name ? -1 : 1
}

function sortedNodes(group: DescribedGroup): SortedNode[] {
  const byName = new Map(group.nodes.map((node) => [node.name, new SortedNode(node)]))
  const sorted = javaHashOrder(byName.keys()).map((name) => byName.get(name) as SortedNode)
  for (const node of sorted) {
    for (const parentName of node.node.parents) {
      const parent = byName.get(parentName) as SortedNode
      node.parents.add(parent)
      parent.children.add(node)
      parent.grow(node.size)
    }
  }
  return sorted.sort(compareNodes)
}

function nodeText({ node, parents, children }: SortedNode): string {
  const names = (nodes: JavaTreeSet<SortedNode>): string =>
    nodes
      .values()
      .map((other) => other.node.name)
      .join(', ') || 'none'
  const lines = [node.title]
  if (!node.isSink) lines.push(`--> ${names(children)}`)
  if (!node.isSource) lines.push(`<-- ${names(parents)}`)
  return lines.join('\n      ')
}
