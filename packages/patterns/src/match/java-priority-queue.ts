/**
 * A binary heap with the algorithm of `java.util.PriorityQueue`, element for element: among equals, which comes out first
 * depends on it, and so does what survives a skip strategy. Elements are compared by the given function alone.
 */

export class JavaPriorityQueue<T> {
  readonly compare: (a: T, b: T) => number
  #items: T[] = []

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare
  }

  get size(): number {
    return this.#items.length
  }

  /** The heap's array, in its order; not to be changed. */
  get items(): readonly T[] {
    return this.#items
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  offer(item: T): void {
    this.#siftUp(this.#items.length, item)
  }

  poll(): T | undefined {
    const items = this.#items
    if (items.length === 0) return undefined
    const first = items[0]
    const last = items.pop() as T
    if (items.length > 0) this.#siftDown(0, last)
    return first
  }

  /** Removes what `drop` says; those that stay keep the array's order, then the heap is made anew. */
  removeIf(drop: (item: T) => boolean): void {
    const kept = this.#items.filter((item) => !drop(item))
    if (kept.length === this.#items.length) return
    this.#items = kept
    for (let i = (kept.length >>> 1) - 1; i >= 0; i--) this.#siftDown(i, kept[i])
  }

  /** Removes one item, found by identity. */
  remove(item: T): void {
    this.removeIf((one) => one === item)
  }

  #siftUp(from: number, item: T): void {
    const items = this.#items
    let at = from
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (this.compare(item, items[parent]) >= 0) break
      items[at] = items[parent]
      at = parent
    }
    items[at] = item
  }

  #siftDown(from: number, item: T): void {
    const items = this.#items
    const half = items.length >>> 1
    let at = from
    while (at < half) {
      let child = 2 * at + 1
      if (child + 1 < items.length && this.compare(items[child], items[child + 1]) > 0) child++
      if (this.compare(item, items[child]) <= 0) break
      items[at] = items[child]
      at = child
    }
    items[at] = item
  }
}
