/**
 * What becomes of finished runs: which are emitted and when, which wait, and what each match drops. All skip strategies and
 * all that `Semantics` says of them is here; the order among matches of one start is that of the heap of held matches.
 */

import type { Automaton } from '../automaton/automaton.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import type { KeyRuns } from './key-runs.ts'
import type { Finished } from './run.ts'
import type { Semantics } from './semantics.ts'
import { type SkipTo, skipTo } from './skip.ts'

export class Completion<E> {
  readonly #semantics: Semantics
  readonly #skipTo: SkipTo<E> | undefined
  /** Whether a match drops also what began before it. */
  readonly #dropsEarlier: boolean

  constructor(automaton: Automaton, skip: SkipStrategy, semantics: Semantics) {
    this.#semantics = semantics
    this.#skipTo = skipTo(skip, automaton)
    // In order, nothing live began earlier.
    this.#dropsEarlier = semantics.emit === 'inOrder' || skip === 'pastLastEvent'
  }

  /**
   * Takes what has finished, and gives what is to be emitted now, in order.
   *
   * @throws SkipError by the skip strategy
   */
  complete(key: KeyRuns<E>, finished: readonly Finished<E>[]): readonly Finished<E>[] {
    const { held, live } = key
    for (const match of finished) held.offer(match)
    const emitted: Finished<E>[] = []
    for (let match = this.#ready(key); match !== undefined; match = this.#ready(key)) {
      if (match === held.peek()) held.poll()
      else held.remove(match)
      if (this.#skipTo !== undefined) {
        const until = this.#skipTo(match)
        const from = this.#dropsEarlier ? 0 : match.start.seq
        live.dropRange(from, until)
        held.removeIf(({ start }) => start.seq >= from && start.seq < until)
      }
      emitted.push(match)
    }
    return emitted
  }

  /** The first of the finished matches that need not wait. */
  #ready({ held, live }: KeyRuns<E>): Finished<E> | undefined {
    const match = held.peek()
    if (match === undefined || this.#skipTo === undefined) return match
    const { emit, prefer } = this.#semantics
    if (emit === 'inOrder') {
      const earliest = live.first()?.start.seq ?? Number.POSITIVE_INFINITY
      return match.start.seq < earliest || (prefer === 'first' && match.start.seq === earliest) ? match : undefined
    }
    if (prefer === 'first' || !live.has(match.start.seq)) return match
    return [...held].filter(({ start }) => !live.has(start.seq)).sort(held.compare)[0]
  }
}
