/**
 * What a match drops, by its skip strategy: everything that began before a certain event, and with `inclusive` what began
 * with it. Live runs and held matches are dropped alike.
 */

import type { Automaton } from '../automaton/automaton.ts'
import { SkipError } from '../pattern/pattern-error.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import type { Binding, BoundEvent, Finished } from './run.ts'

/** The first event (by its `seq`) that is not dropped. */
export type SkipTo<E> = (match: Finished<E>) => number

/**
 * The strategy as a function; undefined: every match is emitted and nothing dropped.
 *
 * The function throws SkipError where the strategy has `throwOnMiss` and there is nothing to skip to.
 */
export function skipTo<E>(skip: SkipStrategy, automaton: Automaton): SkipTo<E> | undefined {
  if (skip === 'none') return undefined
  if (skip === 'toNext') return (match) => match.start.seq + 1
  if (skip === 'pastLastEvent') return (match) => match.last.event.seq + 1
  const first = 'toFirst' in skip
  const name = first ? skip.toFirst : skip.toLast
  // A negated target is in no match.
  const element = automaton.elements.findIndex((one) => one.name === name)
  const strict = skip.throwOnMiss ?? false
  return (match) => {
    const target = first ? firstOf(match.last, element) : lastOf(match.last, element)
    if (target === undefined) {
      if (strict) throw new SkipError('MILLRACE_SKIP_TARGET_MISSING', name)
      return 0
    }
    if (strict && target === match.start) throw new SkipError('MILLRACE_SKIP_TO_OWN_START', name)
    return target.seq
  }
}

function lastOf<E>(last: Binding<E>, element: number): BoundEvent<E> | undefined {
  let at: Binding<E> | undefined = last
  while (at !== undefined && at.element !== element) at = at.before
  return at?.event
}

function firstOf<E>(last: Binding<E>, element: number): BoundEvent<E> | undefined {
  let first: BoundEvent<E> | undefined
  for (let at: Binding<E> | undefined = last; at !== undefined; at = at.before) {
    if (at.element === element) first = at.event
  }
  return first
}
