/**
 * A pattern as plain, frozen data: what the builder produces and the compiler reads. Conditions are trees over the user's
 * functions, so that the compiler can combine them without calling them. Knows nothing of automata, runs or time.
 */

/** How an element stands to the one before it. `begin` is the first element of a pattern or of a group. */
export type Contiguity = 'begin' | 'next' | 'followedBy' | 'followedByAny' | 'notNext' | 'notFollowedBy'

/** A user's function. `usesMatch`: it reads what the run has bound, so its result differs from run to run. */
export interface TestCondition {
  readonly kind: 'test'
  readonly test: (event: never, match: never) => boolean
  readonly usesMatch: boolean
  readonly label: string
}

export type Condition =
  | { readonly kind: 'always' }
  | TestCondition
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }

/** Between the repeats of a loop: any event between is refused, is passed over, or is passed over though it fits. */
export type LoopContiguity = 'strict' | 'relaxed' | 'any'

export interface Quantifier {
  /** `one`: exactly once; `times`: from..to; `loop`: from or more. */
  readonly kind: 'one' | 'times' | 'loop'
  /** 0 is `times(0, n)`: 1..n, or not at all. */
  readonly from: number
  /** Equal to `from` for `one` and `loop`. */
  readonly to: number
  readonly inner: LoopContiguity
  readonly greedy: boolean
  readonly optional: boolean
  readonly until?: Condition
  /** Longest wait in milliseconds for the next of the repeats that must come. */
  readonly gapMs?: number
}

/** An element has a name and a condition, or is a group of elements. */
export interface Element {
  readonly name?: string
  readonly group?: readonly Element[]
  readonly contiguity: Contiguity
  readonly where: Condition
  readonly quantifier: Quantifier
  /** Milliseconds from the first event of a match to its last; the smallest of a pattern counts. */
  readonly withinMs?: number
  /** Milliseconds from the last event taken until this element takes one. */
  readonly withinPreviousMs?: number
}

export interface PatternDefinition {
  readonly elements: readonly Element[]
}

export const ALWAYS: Condition = Object.freeze({ kind: 'always' })

export const ONCE: Quantifier = Object.freeze({
  kind: 'one',
  from: 1,
  to: 1,
  inner: 'relaxed',
  greedy: false,
  optional: false,
})

export function and(left: Condition, right: Condition): Condition {
  return Object.freeze({ kind: 'and', left, right })
}

export function or(left: Condition, right: Condition): Condition {
  return Object.freeze({ kind: 'or', left, right })
}

export function not(of: Condition): Condition {
  return Object.freeze({ kind: 'not', of })
}

export function isNegated(element: Element): boolean {
  return element.contiguity === 'notNext' || element.contiguity === 'notFollowedBy'
}

/** Whether the element may be passed without an event: `optional`, or `times(0, n)`. */
export function isOptional(element: Element): boolean {
  return element.quantifier.optional || element.quantifier.from === 0
}

/** The elements of a pattern in its order, those inside groups included, groups themselves not. */
export function namedElements(elements: readonly Element[]): Element[] {
  return elements.flatMap((element) => (element.group === undefined ? [element] : namedElements(element.group)))
}
