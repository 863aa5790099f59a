/**
 * `java.util.PriorityQueue`, element for element: where Kafka Streams and Flink CEP show the order in which ties leave such
 * a queue, ours must be the same. A binary heap in an array; ties are decided by where the algorithm puts them, so every
 * step is the original's: offer sifts up, poll moves the last element to the root and sifts down, removal in the middle
 * may do either, bulk removal keeps the array's order and heapifies.
 */

export class PriorityQueue<T> implements Iterable<T> {
  /** The order it was made with. */
  readonly compare: (a: T, b: T) => number
  #heap: T[]

  /** @param initial offered one by one, in order. */
  constructor(compare: (a: T, b: T) => number, initial: Iterable<T> = []) {
    this.compare = compare
    this.#heap = []
    for (const element of initial) this.offer(element)
  }

  get size(): number {
    return this.#heap.length
  }

  peek(): T | undefined {
    return this.#heap[0]
  }

  offer(element: T): void {
    this.#heap.push(element)
    this.#siftUp(this.#heap.length - 1, element)
  }

  poll(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (heap.length > 0) this.#siftDown(0, last as T)
    return first
  }

  /** Removes the first element of the array that is this one; true if it was there. */
  remove(element: T): boolean {
    const at = this.#heap.indexOf(element)
    if (at < 0) return false
    const moved = this.#heap.pop() as T
    if (at === this.#heap.length) return true
    this.#siftDown(at, moved)
    if (this.#heap[at] === moved) this.#siftUp(at, moved)
    return true
  }

  /** Removes all that match, keeps the array's order, then heapifies; true if any were. */
  removeIf(matches: (element: T) => boolean): boolean {
    const kept = this.#heap.filter((element) => !matches(element))
    if (kept.length === this.#heap.length) return false
    this.#heap = kept
    for (let at = (kept.length >>> 1) - 1; at >= 0; at--) this.#siftDown(at, kept[at])
    return true
  }

  clear(): void {
    this.#heap = []
  }

  /** The elements in the order of the array, which is not that of `poll`. */
  [Symbol.iterator](): Iterator<T> {
    return this.#heap[Symbol.iterator]()
  }

  #siftUp(start: number, element: T): void {
    const heap = this.#heap
    let at = start
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (this.compare(element, heap[parent]) >= 0) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = element
  }

  #siftDown(start: number, element: T): void {
    const heap = this.#heap
    const half = heap.length >>> 1
    let at = start
    while (at < half) {
      let child = 2 * at + 1
      if (child + 1 < heap.length && this.compare(heap[child], heap[child + 1]) > 0) child++
      if (this.compare(element, heap[child]) <= 0) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = element
  }
}
