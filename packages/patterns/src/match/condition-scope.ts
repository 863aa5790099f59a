/**
 * Conditions made ready to evaluate. A test that does not read the match is called at most once for each event, whatever
 * the number of runs; one that does is called once for each run, and is UNKNOWN while no run is given. A combination is
 * UNKNOWN as soon as it meets an unknown part, so that no test is called that Flink would not call.
 */

import type { Condition, TestCondition } from '../pattern/definition.ts'
import { PatternError } from '../pattern/pattern-error.ts'
import type { MatchViews } from './match-view.ts'
import type { Binding } from './run.ts'

export const NO = 0
export const YES = 1
/** Depends on the run. */
export const UNKNOWN = 2

export type Verdict = typeof NO | typeof YES | typeof UNKNOWN

export type Check = () => Verdict

type Test<E> = (event: E, match: object) => boolean

export class ConditionScope<E> {
  readonly #views: MatchViews<E>
  readonly #checks = new Map<Condition, Check>()
  #event!: E
  #last: Binding<E> | undefined
  #view: object | undefined
  #eventNumber = 0
  #runNumber = 0
  #hasRun = false
  /** How often a user's function was called. */
  evaluations = 0

  constructor(views: MatchViews<E>) {
    this.#views = views
  }

  /** A new event; no run is given yet. */
  enter(event: E): void {
    this.#event = event
    this.#eventNumber++
    this.#hasRun = false
  }

  /** The run that conditions may read from now on; undefined: the one that waits for a start. */
  enterRun(last: Binding<E> | undefined): void {
    this.#last = last
    this.#view = undefined
    this.#runNumber++
    this.#hasRun = true
  }

  leaveRun(): void {
    this.#hasRun = false
  }

  check(condition: Condition): Check {
    let check = this.#checks.get(condition)
    if (check === undefined) {
      check = this.#compile(condition)
      this.#checks.set(condition, check)
    }
    return check
  }

  #compile(condition: Condition): Check {
    switch (condition.kind) {
      case 'always':
        return () => YES
      case 'test':
        return condition.usesMatch ? this.#runTest(condition) : this.#eventTest(condition)
      case 'not': {
        const of = this.check(condition.of)
        return () => {
          const verdict = of()
          return verdict === UNKNOWN ? UNKNOWN : verdict === YES ? NO : YES
        }
      }
      case 'and': {
        const left = this.check(condition.left)
        const right = this.check(condition.right)
        return () => {
          const verdict = left()
          return verdict === YES ? right() : verdict
        }
      }
      case 'or': {
        const left = this.check(condition.left)
        const right = this.check(condition.right)
        return () => {
          const verdict = left()
          return verdict === NO ? right() : verdict
        }
      }
    }
  }

  #eventTest(condition: TestCondition): Check {
    const test = condition.test as Test<E>
    const noMatch = unreadable(condition.label)
    let at = 0
    let verdict: Verdict = NO
    return () => {
      if (at === this.#eventNumber) return verdict
      this.evaluations++
      verdict = test(this.#event, noMatch) ? YES : NO
      at = this.#eventNumber
      return verdict
    }
  }

  #runTest(condition: TestCondition): Check {
    const test = condition.test as Test<E>
    let at = 0
    let verdict: Verdict = NO
    return () => {
      if (!this.#hasRun) return UNKNOWN
      if (at === this.#runNumber) return verdict
      this.#view ??= this.#views.view(this.#last)
      this.evaluations++
      verdict = test(this.#event, this.#view) ? YES : NO
      at = this.#runNumber
      return verdict
    }
  }
}

/** What a test that declares no second parameter gets for it: it fails loudly, since its result is shared by all runs. */
function unreadable(label: string): object {
  const refuse = (): never => {
    throw new PatternError([
      `a condition reads the match but does not declare it: write (event, match) => …, in ${label}`,
    ])
  }
  return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse })
}
