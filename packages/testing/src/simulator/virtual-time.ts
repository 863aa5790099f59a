/**
 * Time that passes only from event to event. One event fires, then everything it set off runs to its end in a real
 * macrotask, then the next fires: so one seed gives one history, however fast the machine is.
 */

import { systemClock } from 'millrace'

/** Only for its macrotasks: what an event resolved must have run before the next event. */
const macrotasks = systemClock()

export interface VirtualEvent {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

export class VirtualTime {
  #now: number
  #order = 0
  /** A binary heap by time, then by order of scheduling. */
  readonly #heap: VirtualEvent[] = []
  /** Events fired so far. */
  fired = 0

  constructor(startMs: number) {
    this.#now = startMs
  }

  get now(): number {
    return this.#now
  }

  /** Events that wait, cancelled ones included until they are met. */
  get waiting(): number {
    return this.#heap.length
  }

  /** Calls back after `ms`; setting the event's `run` to undefined cancels it. */
  schedule(ms: number, run: () => void): VirtualEvent {
    const event: VirtualEvent = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#push(event)
    return event
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(ms, resolve))
  }

  /** Lets time pass until the promise settles. @throws what it rejects with; Error when nothing is left to happen. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const watched = promise.finally(() => {
      settled = true
    })
    watched.catch(() => {})
    await macrotasks.yield()
    while (!settled) {
      const event = this.#pop()
      if (event === undefined) throw new Error('nothing is left to happen, and what was awaited has not')
      if (event.run === undefined) continue
      this.#now = event.at
      this.fired++
      event.run()
      await macrotasks.yield()
    }
    return watched
  }

  #before(a: VirtualEvent, b: VirtualEvent): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  #push(event: VirtualEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!this.#before(event, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = event
  }

  #pop(): VirtualEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child])) child++
      if (!this.#before(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return first
  }
}
