/**
 * Everything the matcher keeps for a key as plain data, and back. The data is JSON if the events are. A key restored from
 * it goes on exactly as the one it was taken from, order of results included.
 */

import type { KeyRuns } from './key-runs.ts'
import type { Matcher } from './matcher.ts'
import type { BoundEvent } from './run.ts'
import { type GroupData, groupData, groupOf, heldData, heldOf } from './run-data.ts'

export interface KeySnapshot<E> {
  readonly nextSeq: number
  readonly canStart: boolean
  /** Each event once, by `seq`. */
  readonly events: readonly BoundEvent<E>[]
  /** In the order of their starts. */
  readonly groups: readonly GroupData[]
  /** In the order of the heap's array, which is a heap again when they are offered one by one. */
  readonly held: readonly GroupData[]
}

export function snapshotOf<E>(key: KeyRuns<E>): KeySnapshot<E> {
  const events = new Map<number, BoundEvent<E>>()
  const used = (event: BoundEvent<E>): void => {
    events.set(event.seq, event)
  }
  const groups = [...key.live.groups()].map((group) => groupData(group, used))
  const held = [...key.held].map((match) => heldData(match, used))
  const { nextSeq, canStart } = key
  return { nextSeq, canStart, events: [...events.values()].sort((a, b) => a.seq - b.seq), groups, held }
}

/** @param matcher one of the same pattern and semantics as that which the key was taken from */
export function restoredFrom<E>(snapshot: KeySnapshot<E>, matcher: Matcher<E, unknown>): KeyRuns<E> {
  const key = matcher.start()
  key.nextSeq = snapshot.nextSeq
  key.canStart = snapshot.canStart
  const events = new Map(snapshot.events.map((event) => [event.seq, event]))
  const eventOf = (seq: number): BoundEvent<E> => events.get(seq) as BoundEvent<E>
  for (const data of snapshot.groups) {
    const { start, runs } = groupOf(data, eventOf)
    key.live.add(start, runs)
    matcher.watchGaps(key, runs)
  }
  for (const data of snapshot.held) key.held.offer(heldOf(data, eventOf))
  return key
}
