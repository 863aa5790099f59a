/**
 * What a window definition is: which windows a timestamp falls in, when they expire, how a windowed key is written. One
 * file a kind implements it; operators that aggregate by windows ask only this.
 */

import type { Serde } from '../record/serde.ts'
import type { WindowedSerde } from '../record/serdes/windowed-serde.ts'

export interface Windows {
  readonly kind: 'time' | 'sliding' | 'session'
  /** Length of a window, ms; sessions have none: their gap. */
  readonly sizeMs: number
  readonly graceMs: number
  /** Grace that `suppress(untilWindowCloses)` waits: for sessions grace + gap. */
  readonly suppressGraceMs: number
  /** How long a store must keep windows, ms: the default of `retention`, and the least that is allowed. */
  readonly retentionMs: number
  /** Shown in errors, e.g. `tumbling(60000)`. */
  readonly description: string
  /** How keys in such windows are written to topics (reference 2.10). Without an inner serde: around the app's default. */
  keySerde<K>(inner: Serde<K> | undefined): WindowedSerde<K>
}

/** Tumbling, hopping and unlimited windows: fixed bounds, known from the timestamp alone. */
export interface TimeWindows extends Windows {
  readonly kind: 'time'
  /** From one window's start to the next one's; Infinity if there is one window only, which never closes. */
  readonly advanceMs: number
  /** Start of the earliest window a timestamp falls in; the others follow `advanceMs` apart, up to the timestamp. */
  firstStart(timestamp: number): number
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
