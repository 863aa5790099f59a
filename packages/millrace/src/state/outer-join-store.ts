/**
 * What a left or outer stream–stream join still has to emit: the records of both sides without a match so far, by time.
 * Values of one key, side and time are a list (reference 2.6); the changelog gets the whole list at each append.
 */

import type { StateStore } from './state-store.ts'

export type JoinSide = 'left' | 'right'

export interface OuterJoinKey<K> {
  readonly timestamp: number
  readonly side: JoinSide
  readonly key: K
}

export interface OuterJoinStore<K, L, R> extends StateStore {
  /** Appends a value that waits for a match; null removes all values of this time, side and key. */
  put(key: OuterJoinKey<K>, value: L | R | null): void
  /** Whether anything waits under this time, side and key; if so, removes it. */
  remove(key: OuterJoinKey<K>): boolean
  /**
   * All waiting values by time, then right before left, then key bytes, then arrival. May be written while it is walked:
   * what is removed meanwhile is still given.
   */
  all(): Iterable<readonly [OuterJoinKey<K>, L | R]>
}
