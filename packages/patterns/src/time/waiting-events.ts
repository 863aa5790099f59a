/**
 * The events of one key that wait for the watermark, by timestamp, equal ones in the order they came.
 */

export interface WaitingEvent<E> {
  readonly timestamp: number
  readonly event: E
}

export class WaitingEvents<E> {
  #events: WaitingEvent<E>[] = []
  #head = 0

  get size(): number {
    return this.#events.length - this.#head
  }

  /** The timestamp of the first; Infinity if none waits. */
  get first(): number {
    return this.#events[this.#head]?.timestamp ?? Number.POSITIVE_INFINITY
  }

  /** Those that wait, in order. */
  toArray(): WaitingEvent<E>[] {
    return this.#events.slice(this.#head)
  }

  add(timestamp: number, event: E): void {
    const events = this.#events
    // Events come nearly in order, so the place is near the end.
    let at = events.length
    while (at > this.#head && events[at - 1].timestamp > timestamp) at--
    if (at === events.length) events.push({ timestamp, event })
    else events.splice(at, 0, { timestamp, event })
  }

  /** The first event up to and at `time`, removed; undefined if there is none. */
  take(time: number): WaitingEvent<E> | undefined {
    const first = this.#events[this.#head]
    if (first === undefined || first.timestamp > time) return undefined
    this.#head++
    if (this.#head === this.#events.length) {
      this.#events.length = 0
      this.#head = 0
    } else if (this.#head > 1024) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return first
  }
}
