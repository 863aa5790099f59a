/**
 * The order of a map's keys, made when somebody first asks for a range: a table that is only read by key never pays for
 * it. Its owner tells it of keys that come and go.
 */

import sortedBtree from 'sorted-btree'

type Tree = InstanceType<typeof sortedBtree.default<string, undefined>>

// CommonJS with a `default` of its own: Node hands out the module, bundlers and vitest what it calls default.
const BTree = (sortedBtree.default ?? sortedBtree) as typeof sortedBtree.default

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export class KeyIndex {
  readonly #keys: () => Iterable<string>
  #tree: Tree | undefined

  /** @param keys the owner's keys now, in any order */
  constructor(keys: () => Iterable<string>) {
    this.#keys = keys
  }

  /** False: nothing has to be told. */
  get built(): boolean {
    return this.#tree !== undefined
  }

  added(key: string): void {
    this.#tree?.set(key, undefined)
  }

  removed(key: string): void {
    this.#tree?.delete(key)
  }

  cleared(): void {
    this.#tree?.clear()
  }

  first(): string | undefined {
    return this.#built().minKey()
  }

  /** Keys within [from, to), lazily: the owner must not change while it is walked. */
  *range(from: string | undefined, to: string | undefined, reverse: boolean): Generator<string> {
    const tree = this.#built()
    if (reverse) {
      for (const [key] of tree.entriesReversed(to, undefined, true)) {
        if (from !== undefined && key < from) return
        yield key
      }
    } else {
      for (const key of tree.keys(from)) {
        if (to !== undefined && key >= to) return
        yield key
      }
    }
  }

  /** Keys within [from, to) as they are now. */
  snapshot(from: string | undefined, to: string | undefined, reverse: boolean): string[] {
    return [...this.range(from, to, reverse)]
  }

  #built(): Tree {
    if (this.#tree === undefined) {
      const tree = new BTree<string, undefined>(undefined, compare)
      for (const key of [...this.#keys()].sort(compare)) tree.set(key, undefined)
      this.#tree = tree
    }
    return this.#tree
  }
}
