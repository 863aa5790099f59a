/**
 * What FlinkCEP refuses, checked on the pattern's data and said in our words with the remedy. Returns every problem, so
 * that they can be shown at once. Windows are compared by the compiler, which is what knows the states they end up on.
 */

import { type Element, innerOf, isNegated, isOptional, namedElements } from './definition.ts'
import { type SkipStrategy, skipTarget } from './skip-strategy.ts'

/** The name of the automaton's final state: no element may have it. */
export const FINAL_NAME = '$endState$'

/** Every problem of the pattern, in its order; empty if there is none. */
export function problemsOf(elements: readonly Element[], skip: SkipStrategy): string[] {
  if (elements.length === 0) return ['a pattern needs an element: start it with begin()']
  return [...sequenceProblems(elements), ...nameProblems(elements), ...skipProblems(elements, skip)]
}

function sequenceProblems(elements: readonly Element[]): string[] {
  return elements.flatMap((element, i) => [
    ...quantifierProblems(element, elements[i - 1]),
    ...choiceProblems(element),
    ...innerOf(element).flatMap(sequenceProblems),
  ])
}

function quantifierProblems(element: Element, before: Element | undefined): string[] {
  const { quantifier: q } = element
  const name = element.name ?? 'a group'
  const problems: string[] = []
  const loops = q.kind !== 'one'
  const check = (wrong: boolean, problem: string): void => {
    if (wrong) problems.push(`${name}: ${problem}`)
  }
  const nots = isNegated(element)
  check(nots && loops, 'a negated element cannot repeat: leave out the quantifier')
  check(nots && q.greedy, 'a negated element cannot be greedy')
  check(nots && q.optional, 'a negated element cannot be optional: leave it out instead')
  check(nots && element.group !== undefined, 'a group cannot be negated')
  check(
    nots && element.contiguity !== 'absent' && before !== undefined && isOptional(before),
    'a negation cannot come after an optional element: use two patterns, one with and one without it',
  )
  check(element.contiguity === 'absent' && !((element.absentMs ?? 0) > 0), 'an absence needs a duration above 0')
  check(element.distinct !== undefined && !loops, 'distinct needs a loop: times, oneOrMore or timesOrMore')
  check(q.optional && q.from === 0, 'times(0, n) is optional already')
  check(q.optional && (before?.quantifier.greedy ?? false), 'an optional element cannot come after a greedy loop')
  check(
    q.kind === 'loop' && element.group !== undefined && canBeEmpty(element.group),
    'an open loop of a group that can be passed without an event never ends: make one of its elements required',
  )
  check(q.greedy && element.group !== undefined, 'a group cannot be greedy')
  check(q.greedy && !loops, 'greedy needs a loop: times, oneOrMore or timesOrMore')
  check(q.greedy && q.inner === 'any', 'greedy and allowCombinations exclude each other')
  check(!loops && q.inner === 'strict', 'consecutive needs a loop: times, oneOrMore or timesOrMore')
  check(!loops && q.inner === 'any', 'allowCombinations needs a loop: times, oneOrMore or timesOrMore')
  check(q.until !== undefined && q.kind !== 'loop', 'until needs an open loop: oneOrMore or timesOrMore')
  const from = q.kind === 'times' && q.from === 0 ? 1 : q.from
  check(!Number.isInteger(q.from) || from < 1, `the number of repeats must be a positive integer, not ${q.from}`)
  check(!Number.isInteger(q.to) || q.to < from, `repeats from ${from} to ${q.to}: the second must not be less`)
  return problems
}

/** Parts of `all` make a state for each subset of them. */
const MOST_PARTS = 6

function choiceProblems({ choice }: Element): string[] {
  if (choice === undefined) return []
  const problems: string[] = []
  const name = `${choice.of}Of(${choice.parts.map((part) => namedElements(part)[0]?.name).join(', ')})`
  if (choice.parts.length < 2) problems.push(`${name}: a choice needs two sub-patterns or more`)
  if (choice.parts.length > MOST_PARTS) problems.push(`${name}: at most ${MOST_PARTS} sub-patterns`)
  for (const part of choice.parts) {
    const first = part[0]
    if (first === undefined) problems.push(`${name}: a sub-pattern needs an element: start it with begin()`)
    else if (innerOf(first).length > 0 || isOptional(first)) {
      problems.push(`${name}: a sub-pattern begins with a required element, not with a group or an optional one`)
    }
    if (part.at(-1)?.contiguity === 'notFollowedBy' || part.at(-1)?.contiguity === 'notNext') {
      problems.push(`${name}: a sub-pattern cannot end in a negation: put it after the choice, or use absent()`)
    }
  }
  return problems
}

/** Whether the elements can be passed without an event. */
function canBeEmpty(elements: readonly Element[]): boolean {
  return elements.every((element) => isNegated(element) || isOptional(element) || innerOf(element).some(canBeEmpty))
}

function nameProblems(elements: readonly Element[]): string[] {
  const seen = new Set<string>([FINAL_NAME])
  const problems: string[] = []
  for (const { name } of namedElements(elements)) {
    if (name === undefined || name === '' || name.includes(':')) {
      problems.push(`an element needs a name without a colon, not ${JSON.stringify(name)}`)
    } else if (seen.has(name)) {
      problems.push(`${name} is used twice: names must be unique in the pattern, those in groups included`)
    } else {
      seen.add(name)
    }
  }
  return problems
}

function skipProblems(elements: readonly Element[], skip: SkipStrategy): string[] {
  const target = skipTarget(skip)
  if (target === undefined || elements.some((element) => element.name === target)) return []
  return [`the skip strategy names ${target}, which is no element of the pattern outside a group`]
}
