/**
 * The logical plan under construction: the tree of nodes that DSL calls add, and the one counter that all generated names
 * share (reference 2.2). The counter moves at DSL call time, never at build time, so that names are Kafka Streams' own.
 *
 * Knows nothing of what operators do; `build` (in `build.ts`) orders, rewrites and writes it.
 */

import { GraphNode } from './graph-node.ts'

export type InternalResource = 'repartition topic' | 'changelog topic' | 'state store'

export class Graph {
  readonly root: GraphNode = new GraphNode('root', {}, () => {})
  /** All nodes below the root, in the order they were first added. */
  readonly nodes: GraphNode[] = []
  /** Source nodes whose topics must have equal partition counts, in the order they were joined. */
  readonly copartitionGroups: Set<string>[] = []
  /** Internal topics and stores named by the counter: what explicit-naming mode refuses. */
  readonly implicitNames: { readonly resource: InternalResource; readonly name: string }[] = []
  /** Mistakes seen while the DSL was called: `build()` lists them with its own. */
  readonly mistakes: string[] = []
  #nextIndex = 0
  #nextPriority = 0

  /** Takes the next index, whether or not a name made of it is used. */
  nextIndex(): string {
    return String(this.#nextIndex++).padStart(10, '0')
  }

  /** A generated node name, e.g. `KSTREAM-MAP-0000000003`. */
  newName(prefix: string): string {
    return prefix + this.nextIndex()
  }

  /** A generated store name, e.g. `KSTREAM-AGGREGATE-STATE-STORE-0000000003`. */
  newStoreName(prefix: string): string {
    return `${prefix}STATE-STORE-${this.nextIndex()}`
  }

  /**
   * The name of an operator: the user's, else generated. A user's name still burns the index unless `burns` is false (as
   * for process, repartition and suppress).
   */
  nameOr(userName: string | undefined, prefix: string, burns = true): string {
    if (userName === undefined) return this.newName(prefix)
    if (burns) this.nextIndex()
    return userName
  }

  /** Adds a node below its parents and gives it its place in the build order (a node added again moves to the end). */
  add(parents: GraphNode | readonly GraphNode[], node: GraphNode): GraphNode {
    node.buildPriority = this.#nextPriority++
    if (!this.nodes.includes(node)) this.nodes.push(node)
    const above: readonly GraphNode[] = parents instanceof GraphNode ? [parents] : parents
    for (const parent of above) parent.addChild(node)
    return node
  }

  /** Records that these source nodes' topics must have equal partition counts. */
  copartition(sourceNames: Iterable<string>): void {
    this.copartitionGroups.push(new Set(sourceNames))
  }

  /** Records an internal topic or store whose name the user did not choose. */
  noteImplicitName(resource: InternalResource, name: string): void {
    this.implicitNames.push({ resource, name })
  }
}
