/**
 * Everything the matcher keeps for one key: the live runs, the matches that are held back by a skip strategy, and whether
 * a match can still begin. Only the matcher changes it; a key that `isAtRest` needs nothing kept but `nextSeq`.
 */

import { PriorityQueue } from 'millrace/operator'
import type { Automaton } from '../automaton/automaton.ts'
import type { Finished } from './run.ts'
import { RunIndex } from './run-index.ts'
import type { Semantics } from './semantics.ts'

export class KeyRuns<E> {
  readonly live: RunIndex<E>
  /** Finished matches that wait until no live run started earlier. */
  readonly held: PriorityQueue<Finished<E>>
  /** False once a negation hit the run that waits for a start: then nothing begins any more, as in Flink. */
  canStart = true
  /** Number of the next event to be bound. */
  nextSeq = 0
  /** Grows with whatever changes; that it has not grown says that nothing has. */
  changes = 0
  /** Before this time no run can have waited longer than its state allows. */
  gapDeadline: number = Number.POSITIVE_INFINITY

  /** @param prefer among matches of one start, that with most events first, or as Flink has them */
  constructor(automaton: Automaton, prefer: Semantics['prefer'] = 'first') {
    this.live = new RunIndex(automaton.states.length)
    this.held = new PriorityQueue(
      prefer === 'first'
        ? (a, b) => a.start.seq - b.start.seq
        : (a, b) => a.start.seq - b.start.seq || b.last.depth - a.last.depth,
    )
  }

  /** Nothing is under way: the same as a key never seen. */
  get isAtRest(): boolean {
    return this.live.size === 0 && this.held.size === 0 && this.canStart
  }
}
