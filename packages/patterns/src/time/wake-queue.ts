/**
 * When keys are to be woken, least first: a binary heap. A key may be in it more than once; which of its wakes still
 * counts is known to whoever added them.
 */

export interface Wake<K> {
  readonly time: number
  readonly key: K
}

export class WakeQueue<K> {
  readonly #heap: Wake<K>[] = []

  add(wake: Wake<K>): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (heap[parent].time <= wake.time) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = wake
  }

  /** The first wake up to and at `time`, removed; undefined if there is none. */
  due(time: number): Wake<K> | undefined {
    const heap = this.#heap
    if (heap.length === 0 || heap[0].time > time) return undefined
    const first = heap[0]
    const last = heap.pop() as Wake<K>
    if (heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1].time < heap[child].time) child++
      if (heap[child].time >= last.time) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return first
  }
}
