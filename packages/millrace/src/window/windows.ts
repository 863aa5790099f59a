/**
 * What a window definition is: which windows a timestamp falls in, when they expire, how a windowed key is written. One
 * file a kind implements it; operators that aggregate by windows ask only this.
 */

export interface Windows {
  readonly kind: 'time' | 'sliding' | 'session'
  readonly sizeMs: number
  readonly graceMs: number
  /** Grace that `suppress(untilWindowCloses)` waits: for sessions grace + gap. */
  readonly suppressGraceMs: number
  /** Shown in errors, e.g. `tumbling(60000)`. */
  readonly description: string
}

/** Tumbling, hopping and unlimited windows: fixed bounds, known from the timestamp alone. */
export interface TimeWindows extends Windows {
  readonly kind: 'time'
  readonly advanceMs: number
  /** Starts of the windows a timestamp falls in, ascending. Never negative. */
  startsFor(timestamp: number): number[]
}

/** Windows of `differenceMs` that end, or begin just after, at a record. Ends inclusive. */
export interface SlidingWindows extends Windows {
  readonly kind: 'sliding'
  readonly differenceMs: number
}

/** Sessions: records no more than `gapMs` apart. Ends inclusive. */
export interface SessionWindows extends Windows {
  readonly kind: 'session'
  readonly gapMs: number
}

/** Bounds of a stream–stream join: other.ts within [this.ts - beforeMs, this.ts + afterMs]. */
export interface JoinWindows {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}
