/**
 * A key within a window. For tumbling and hopping windows the end is exclusive; for sliding windows and sessions it is the
 * last millisecond that belongs (as in Kafka Streams).
 */

export interface Window {
  /** First ms of the window. */
  readonly start: number
  readonly end: number
}

export interface Windowed<K> {
  readonly key: K
  readonly window: Window
}
