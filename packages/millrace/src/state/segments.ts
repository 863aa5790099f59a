/**
 * Expiry of windows and sessions by time: the observed stream time of one store, what it may still show, what it still
 * takes, and the segments (spans of time) by which keys are grouped so that expiring is dropping a range.
 *
 * Two rules of taking, as in Kafka Streams: a persistent store takes what falls into a live segment, one in memory only
 * what is within its retention. Both show the same.
 */

import { int64At, int64String } from './byte-string.ts'

export class Segments {
  readonly #retentionMs: number
  readonly #intervalMs: number
  readonly #bySegment: boolean
  readonly #shownMs: number
  #observed = -1
  #expiredBelow = 0
  /** Segments that may have keys, ascending: a handful. */
  #ids: number[] = []
  #lastId = -1
  #lastPrefix = ''

  /**
   * @param timeOrdered the kind that emission on close walks: persistent ones show one millisecond more
   * @param intervalMs the span of a segment. Default: half the retention, at least a minute
   */
  constructor(retentionMs: number, persistent: boolean, timeOrdered: boolean = false, intervalMs?: number) {
    this.#retentionMs = retentionMs
    this.#shownMs = persistent && timeOrdered ? retentionMs : retentionMs - 1
    this.#intervalMs = intervalMs ?? Math.max(Math.floor(retentionMs / 2), 60_000)
    this.#bySegment = persistent
  }

  /** The highest time put so far; -1 at the start. */
  get observed(): number {
    return this.#observed
  }

  observe(time: number): void {
    if (time > this.#observed) this.#observed = time
  }

  /** Notes that this time's segment has keys now. */
  touch(time: number): void {
    const id = this.id(time)
    if (this.#ids.at(-1) === id || this.#ids.includes(id)) return
    this.#ids.push(id)
    this.#ids.sort((a, b) => a - b)
  }

  /** Learns the segments of a store that was opened. @param firstKey the first key from a prefix on */
  discover(firstKey: (from: string | undefined) => string | undefined): void {
    let key = firstKey(undefined)
    while (key !== undefined) {
      const id = int64At(key, 0)
      this.#ids.push(id)
      key = firstKey(int64String(id + 1))
    }
  }

  /** Segments with keys, ascending. */
  within(firstId: number, lastId: number): number[] {
    return this.#ids.filter((id) => id >= firstId && id <= lastId)
  }

  /** Back to a time, after a rollback. */
  reset(observed: number): void {
    this.#observed = observed
  }

  /** The first time that is still shown. */
  get firstVisible(): number {
    return this.#observed - this.#shownMs
  }

  takes(time: number): boolean {
    if (!this.#bySegment) return time > this.#observed - this.#retentionMs
    return this.id(time) >= this.id(this.#observed - this.#retentionMs)
  }

  id(time: number): number {
    return Math.trunc(time / this.#intervalMs)
  }

  /** The bytes that a time's keys start with. */
  prefix(time: number): string {
    return this.prefixOf(this.id(time))
  }

  prefixOf(id: number): string {
    if (id !== this.#lastId) {
      this.#lastId = id
      this.#lastPrefix = int64String(id)
    }
    return this.#lastPrefix
  }

  /** Segments that have expired since this was asked last, as [from, to) of prefixes. */
  newlyExpired(): [from: string, to: string] | undefined {
    const live = this.id(Math.max(0, this.#observed - this.#retentionMs))
    if (live <= this.#expiredBelow) return undefined
    const from = this.#expiredBelow
    this.#expiredBelow = live
    this.#ids = this.#ids.filter((id) => id >= live)
    return [int64String(from), int64String(live)]
  }
}
