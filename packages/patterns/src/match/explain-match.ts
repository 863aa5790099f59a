/**
 * Why a match is one: for each of its events, the element it was bound to, how that element stands to the one before it, and
 * the condition that held. Made from the pattern's own data, so that it says what the user wrote, not what it compiled to.
 */

import type { Automaton } from '../automaton/automaton.ts'
import { conditionText } from '../automaton/condition-text.ts'
import { type Contiguity, namedElements, type PatternDefinition } from '../pattern/definition.ts'
import type { Binding } from './run.ts'

export interface ExplainedEvent {
  /** The element's name. */
  readonly name: string
  /** Of the event, ms. */
  readonly timestamp: number
  /** `repeat`: of a loop, after its first. */
  readonly how: Contiguity | 'repeat'
  /** The condition that held, as written, or by the name of its function. */
  readonly condition: string
}

/** Explains what a match, or a partial one, has bound, first to last. */
export function explainMatch(
  definition: PatternDefinition,
  automaton: Automaton,
  last: Binding<unknown>,
): ExplainedEvent[] {
  const elements = new Map(namedElements(definition.elements).map((element) => [element.name, element]))
  const events: ExplainedEvent[] = []
  for (let at: Binding<unknown> | undefined = last; at !== undefined; at = at.before) {
    const { name } = automaton.elements[at.element]
    const element = elements.get(name)
    if (element === undefined) continue
    const repeats = at.before?.element === at.element
    const how = repeats ? 'repeat' : element.contiguity
    events.push({ name, timestamp: at.event.timestamp, how, condition: conditionText(element.where) })
  }
  return events.reverse()
}
