/**
 * A compiled pattern as plain, frozen data: states with edges, the same automaton FlinkCEP compiles to, edge order
 * included, since results depend on it. Conditions stay trees; nothing here evaluates them. State 0 is the start.
 */

import type { Condition } from '../pattern/definition.ts'

/** `take` binds the event, `ignore` waits on, `proceed` tries the target's edges with the same event. */
export type EdgeAction = 'take' | 'ignore' | 'proceed'

/**
 * `pending`: a final negation that becomes a match when time ends it; `stop`: a negation was hit, the run ends; `absence`: a
 * run waits that nothing comes, and goes on by time.
 */
export type StateKind = 'start' | 'normal' | 'pending' | 'absence' | 'stop' | 'final'

export interface Edge {
  readonly action: EdgeAction
  /** Index of the target state. */
  readonly to: number
  readonly when: Condition
}

export interface State {
  /** The element's name, made unique with `:n`. */
  readonly name: string
  /** Index into `elements` of what a `take` edge from here binds to; -1 if nothing can be bound. */
  readonly element: number
  readonly kind: StateKind
  /** Longest wait here in milliseconds since the last event taken. */
  readonly gapMs?: number
  /** `absence`: where a run is when it has waited `gapMs`; for other states the end of the wait ends the run. */
  readonly goesOn?: number
  readonly edges: readonly Edge[]
}

/** A name that matches have, and whether it holds one event or a list. */
export interface BoundElement {
  readonly name: string
  readonly many: boolean
}

export interface Automaton {
  readonly states: readonly State[]
  readonly elements: readonly BoundElement[]
  /** Milliseconds from a match's first event to its last, exclusive; 0: no limit. */
  readonly windowMs: number
}
