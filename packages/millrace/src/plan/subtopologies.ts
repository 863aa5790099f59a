/**
 * Which nodes belong together: those connected by edges or by a shared store. A group's number is the order of its first
 * node's insertion, as in Kafka Streams; global stores are groups of their own and take a number too.
 */

export class NodeGrouper {
  readonly #parent = new Map<string, string>()

  add(name: string): void {
    if (!this.#parent.has(name)) this.#parent.set(name, name)
  }

  unite(a: string, b: string): void {
    const rootA = this.#root(a)
    const rootB = this.#root(b)
    if (rootA !== rootB) this.#parent.set(rootA, rootB)
  }

  /** Groups in the order of their first node; nodes in insertion order. */
  groups(): string[][] {
    const groups = new Map<string, string[]>()
    for (const name of this.#parent.keys()) {
      const root = this.#root(name)
      const group = groups.get(root)
      if (group === undefined) groups.set(root, [name])
      else group.push(name)
    }
    return [...groups.values()]
  }

  #root(name: string): string {
    let at = name
    for (;;) {
      const above = this.#parent.get(at) as string
      if (above === at) return at
      this.#parent.set(at, this.#parent.get(above) as string)
      at = above
    }
  }
}
