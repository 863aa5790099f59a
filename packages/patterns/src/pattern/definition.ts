/**
 * A pattern as plain, frozen data: what the builder produces and the compiler reads. Conditions are trees over the user's
 * functions, so that the compiler can combine them without calling them. Knows nothing of automata, runs or time.
 */

/** How an element stands to the one before it. `begin` is the first element of a pattern or of a group. */
export type Contiguity = 'begin' | 'next' | 'followedBy' | 'followedByAny' | 'notNext' | 'notFollowedBy' | 'absent'

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

/** Sub-patterns of which one must come (`any`), or each, one after the other in any order (`all`). */
export interface Choice {
  readonly of: 'any' | 'all'
  readonly parts: readonly (readonly Element[])[]
}

/** An element has a name and a condition, or is a group of elements, or a choice: then it is alone in its sequence. */
export interface Element {
  readonly name?: string
  readonly group?: readonly Element[]
  readonly choice?: Choice
  readonly contiguity: Contiguity
  /** With `distinct`, that is part of it. */
  readonly where: Condition
  /** The condition without `distinct`; absent where there is none. */
  readonly undistinct?: Condition
  readonly distinct?: Condition
  readonly quantifier: Quantifier
  /** Milliseconds from the first event of a match to its last; the smallest of a pattern counts. */
  readonly withinMs?: number
  /** Milliseconds from the last event taken until this element takes one. */
  readonly withinPreviousMs?: number
  /** `absent`: how long nothing may come, in milliseconds since the last event taken. */
  readonly absentMs?: number
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
  return element.contiguity === 'notNext' || element.contiguity === 'notFollowedBy' || element.contiguity === 'absent'
}

/** Whether the element may be passed without an event: `optional`, or `times(0, n)`. */
export function isOptional(element: Element): boolean {
  return element.quantifier.optional || element.quantifier.from === 0
}

/** The elements of a pattern in its order, those inside groups and choices included, these themselves not. */
export function namedElements(elements: readonly Element[]): Element[] {
  return elements.flatMap((element) => {
    const inner = innerOf(element)
    return inner.length === 0 ? [element] : inner.flatMap(namedElements)
  })
}

/** The sequences that an element holds: that of a group, those of a choice, none of a named one. */
export function innerOf({ group, choice }: Element): readonly (readonly Element[])[] {
  return choice?.parts ?? (group === undefined ? [] : [group])
}
