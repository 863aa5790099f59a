/**
 * What an event does to a run in a state: the branches it goes on in, following `proceed` edges depth first in Flink's
 * order (the state's own edges, then those behind the last `proceed` first). Unless a condition reads the match, the step
 * is the same for every run in the state and is made once.
 */

import type { Automaton, StateKind } from '../automaton/automaton.ts'
import { type Check, type ConditionScope, NO, UNKNOWN } from './condition-scope.ts'

export interface Branch {
  readonly state: number
  /** What the event is bound to; -1: it is passed over. */
  readonly element: number
}

export interface Step {
  /** Branches that are complete, in order. */
  readonly finished: readonly Branch[]
  /** Branches that live on, in order; none if a negation was hit. */
  readonly live: readonly Branch[]
  /** A negation was hit: for the waiting start, that it is gone too. */
  readonly stopped: boolean
  /** Some branch took the event, be it that it ended at once. */
  readonly took: boolean
}

interface ReadyEdge {
  readonly action: 'take' | 'ignore' | 'proceed'
  readonly to: number
  readonly element: number
  readonly check: Check
}

const NONE: readonly Branch[] = Object.freeze([])

/** The run stays where it is and takes nothing. */
export const STAY: Step = Object.freeze({ finished: NONE, live: NONE, stopped: false, took: false })

/** The run ends and leaves nothing. */
export const END: Step = Object.freeze({ finished: NONE, live: NONE, stopped: false, took: false })

export class Stepper<E> {
  readonly #kinds: readonly StateKind[]
  readonly #edges: readonly (readonly ReadyEdge[])[]
  /** Whether `proceed` edges leave a state. */
  readonly #proceeds: readonly boolean[]
  readonly #stack: number[] = []
  // The step being made.
  #finished: Branch[] | undefined
  #live: Branch[] | undefined
  #stopped = false

  constructor(automaton: Automaton, scope: ConditionScope<E>) {
    this.#kinds = automaton.states.map((state) => state.kind)
    this.#edges = automaton.states.map((state) =>
      state.edges.map(({ action, to, when }) => ({ action, to, element: state.element, check: scope.check(when) })),
    )
    this.#proceeds = automaton.states.map((state) => state.edges.some((edge) => edge.action === 'proceed'))
  }

  /** The step of runs in a state; undefined if it depends on the run and the scope has none. */
  step(from: number): Step | undefined {
    this.#finished = undefined
    this.#live = undefined
    this.#stopped = false
    let took = false
    const stack = this.#stack
    stack.length = 0
    let at: number | undefined = from
    while (at !== undefined) {
      const edges: readonly ReadyEdge[] = this.#edges[at]
      for (let i = 0; i < edges.length; i++) {
        const { action, to, element, check } = edges[i]
        const verdict = check()
        if (verdict === UNKNOWN) return undefined
        if (verdict === NO) continue
        if (action === 'proceed') {
          stack.push(to)
        } else if (action === 'take') {
          took = true
          this.#add(to, element)
          const end = this.#proceeds[to] ? this.#finalAfter(to) : NO_END
          if (end === UNKNOWN_END) return undefined
          if (end !== NO_END) this.#add(end, element)
        } else if (from !== 0) {
          // The run that waits for a start has nothing to pass over.
          this.#add(to, -1)
        }
      }
      at = stack.pop()
    }
    return this.#made(from, took)
  }

  #made(from: number, took: boolean): Step {
    const finished = this.#finished
    const live = this.#live
    const stopped = this.#stopped
    if (!stopped && !took && finished === undefined) {
      if (live === undefined) return END
      if (live.length === 1 && live[0].state === from) return STAY
    }
    return { finished: finished ?? NONE, live: stopped ? NONE : (live ?? NONE), stopped, took }
  }

  #add(state: number, element: number): void {
    const kind = this.#kinds[state]
    if (kind === 'stop') {
      this.#stopped = true
    } else if (kind === 'final') {
      this.#finished ??= []
      this.#finished.push({ state, element })
    } else {
      this.#live ??= []
      this.#live.push({ state, element })
    }
  }

  /** The final state, if only `proceed` edges that are open now lead to it. */
  #finalAfter(from: number): number {
    const todo = [from]
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      for (const edge of this.#edges[at]) {
        if (edge.action !== 'proceed') continue
        const verdict = edge.check()
        if (verdict === UNKNOWN) return UNKNOWN_END
        if (verdict === NO) continue
        if (this.#kinds[edge.to] === 'final') return edge.to
        todo.push(edge.to)
      }
    }
    return NO_END
  }
}

const NO_END = -1
const UNKNOWN_END = -2
