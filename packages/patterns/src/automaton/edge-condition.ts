/**
 * The conditions on edges: what an element takes, what it passes over while it waits, and what an enclosing `until` adds.
 * Pure combination of condition trees.
 */

import { ALWAYS, and, type Condition, type Element, type LoopContiguity, not } from '../pattern/definition.ts'
import type { Place } from './place.ts'

/** `when`, but not where `until` holds. */
export function unlessUntil(when: Condition, until: Condition | undefined): Condition {
  return until === undefined ? when : and(not(until), when)
}

export function takeCondition(element: Element, place: Place): Condition {
  return unlessUntil(element.where, place.group?.quantifier.until)
}

/** Always, but in a group with `until` only while that has not come. */
export function whileOpen(place: Place): Condition {
  return unlessUntil(ALWAYS, place.group?.quantifier.until)
}

/** What an element passes over while it waits for its first event; undefined: nothing. */
export function ignoreCondition(element: Element, place: Place): Condition | undefined {
  const { group, index, firstPass } = place
  if (index > 0 || group === undefined) return passOver(betweenElements(element), element, place)
  // The head of a group stands to what is before the group, or to the group's last repeat.
  return passOver(firstPass ? betweenElements(group) : group.quantifier.inner, element, place)
}

/** What a loop passes over between its repeats; undefined: nothing. */
export function innerIgnoreCondition(element: Element, place: Place): Condition | undefined {
  const looped = place.index === 0 ? (place.group ?? element) : element
  const ignore = passOver(looped.quantifier.inner, element, place)
  return ignore === undefined ? undefined : unlessUntil(ignore, element.quantifier.until)
}

function betweenElements(element: Element): LoopContiguity {
  if (element.contiguity === 'followedBy') return 'relaxed'
  return element.contiguity === 'followedByAny' ? 'any' : 'strict'
}

function passOver(strategy: LoopContiguity, element: Element, place: Place): Condition | undefined {
  if (strategy === 'strict') return undefined
  const ignore = strategy === 'any' ? ALWAYS : not(element.where)
  return unlessUntil(ignore, place.group?.quantifier.until)
}
