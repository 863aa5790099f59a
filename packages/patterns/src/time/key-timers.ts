/**
 * Timers of keys in event time, least first; a key has at most one timer for a time. A heap over all keys finds the keys
 * that are due, a set for each key the times it is still to be woken at.
 */

interface Timer<K> {
  readonly time: number
  readonly key: K
}

export class KeyTimers<K> {
  readonly #heap: Timer<K>[] = []
  readonly #times = new Map<K, Set<number>>()

  /** Wakes the key at that time; nothing if it is to be woken then already. */
  set(key: K, time: number): void {
    let times = this.#times.get(key)
    if (times === undefined) {
      times = new Set()
      this.#times.set(key, times)
    }
    if (times.has(time)) return
    times.add(time)
    this.#push({ time, key })
  }

  /** Forgets the key's timers up to and at `time`. */
  drop(key: K, time: number): void {
    const times = this.#times.get(key)
    if (times === undefined) return
    for (const one of times) if (one <= time) times.delete(one)
    if (times.size === 0) this.#times.delete(key)
  }

  /** The keys with a timer up to and at `time`, each once, in the order of their first; `drop` is for the caller. */
  due(time: number): K[] {
    const keys = new Set<K>()
    while (this.#heap.length > 0 && this.#heap[0].time <= time) {
      const timer = this.#pop()
      if (this.#times.get(timer.key)?.has(timer.time) === true) keys.add(timer.key)
    }
    return [...keys]
  }

  #push(timer: Timer<K>): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (heap[parent].time <= timer.time) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = timer
  }

  #pop(): Timer<K> {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop() as Timer<K>
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
