/**
 * What a run has bound, in the shape users see: a field for each element that is not negated, one event or a list. For
 * conditions it is a view that reads the run only when a field is asked for; for matches a plain object.
 */

import type { Automaton } from '../automaton/automaton.ts'
import type { Binding } from './run.ts'

/** The events bound to an element, first to last. */
export function eventsOf<E>(last: Binding<E> | undefined, element: number): E[] {
  const events: E[] = []
  for (let at = last; at !== undefined; at = at.before) if (at.element === element) events.push(at.event.value)
  return events.reverse()
}

/** Makes views of runs of one automaton. */
export class MatchViews<E> {
  readonly #prototype: object
  readonly #automaton: Automaton

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#prototype = viewPrototype<E>(automaton)
  }

  /** For conditions: fields are read when asked for, and remembered. */
  view(last: Binding<E> | undefined): object {
    return Object.create(this.#prototype, { $last: { value: last } })
  }

  /** For matches and timed-out partials: every field present, `undefined` or `[]` where nothing was bound. */
  match(last: Binding<E>): Record<string, E | E[] | undefined> {
    const { elements } = this.#automaton
    const match: Record<string, E | E[] | undefined> = {}
    for (const { name, many } of elements) match[name] = many ? [] : undefined
    for (let at: Binding<E> | undefined = last; at !== undefined; at = at.before) {
      const { name, many } = elements[at.element]
      if (many) (match[name] as E[]).push(at.event.value)
      else match[name] = at.event.value
    }
    for (const { name, many } of elements) if (many) (match[name] as E[]).reverse()
    return match
  }
}

interface View<E> {
  readonly $last: Binding<E> | undefined
}

function viewPrototype<E>(automaton: Automaton): object {
  const prototype = {}
  automaton.elements.forEach(({ name, many }, element) => {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: View<E>) {
        const events = eventsOf(this.$last, element)
        const value = many ? events : events.at(-1)
        Object.defineProperty(this, name, { value, enumerable: true })
        return value
      },
    })
  })
  return prototype
}
