/**
 * The order of a map's keys, made when somebody first asks for a range: a table that is only read by key never pays for
 * it. Its owner tells it of keys that come and go. An order that nobody asks for any more is given up once keeping it has
 * cost as much as making it anew: a foreign-key join whose right table is loaded first asks at first, and then no more. Who
 * does ask again keeps it from then on, for making it stops everything else (law 2).
 */

import sortedBtree from 'sorted-btree'

type Tree = InstanceType<typeof sortedBtree.default<string, undefined>>

// CommonJS with a `default` of its own: Node hands out the module, bundlers and vitest what it calls default.
const BTree = (sortedBtree.default ?? sortedBtree) as typeof sortedBtree.default

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Changes between two ranges that are always kept up with. */
const UNASKED = 10_000

export class KeyIndex {
  readonly #keys: () => Iterable<string>
  #tree: Tree | undefined
  /** Changes since somebody asked. */
  #unasked = 0
  #state: 'unasked' | 'kept' | 'given up' | 'kept for good' = 'unasked'

  /** @param keys the owner's keys now, in any order */
  constructor(keys: () => Iterable<string>) {
    this.#keys = keys
  }

  /** False: nothing has to be told. */
  get built(): boolean {
    return this.#tree !== undefined
  }

  /** Somebody has asked for an order before, whether or not it was given up since. */
  get asked(): boolean {
    return this.#state !== 'unasked'
  }

  added(key: string): void {
    if (this.#tree === undefined) return
    this.#tree.set(key, undefined)
    this.#changed(this.#tree)
  }

  removed(key: string): void {
    if (this.#tree === undefined) return
    this.#tree.delete(key)
    this.#changed(this.#tree)
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

  #changed(tree: Tree): void {
    // Putting a key in its place costs about twice what it costs in sorting all.
    if (++this.#unasked <= UNASKED + tree.size / 2 || this.#state === 'kept for good') return
    this.#tree = undefined
    this.#state = 'given up'
  }

  #built(): Tree {
    this.#unasked = 0
    if (this.#tree === undefined) {
      const tree = new BTree<string, undefined>(undefined, compare)
      for (const key of [...this.#keys()].sort(compare)) tree.set(key, undefined)
      this.#tree = tree
      this.#state = this.#state === 'unasked' ? 'kept' : 'kept for good'
    }
    return this.#tree
  }
}
