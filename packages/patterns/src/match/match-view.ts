/**
 * What a run has bound, in the shape users see: a field for each element that is not negated, one event or a list. For
 * conditions it is a view that walks the run only when a field is asked for, since it is made for each run an event is
 * offered to; for matches a plain object.
 */

import type { Automaton } from '../automaton/automaton.ts'
import type { Binding } from './run.ts'

/** The last binding of an element, by its name: what folds go on from. Views have it, matches do not. */
export const LAST_BOUND: unique symbol = Symbol('last bound')

type ViewOf<E> = new (last: Binding<E> | undefined) => object

/** Makes views of runs of one automaton. */
export class MatchViews<E> {
  readonly #automaton: Automaton
  readonly #View: ViewOf<E>

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#View = viewClass<E>(automaton)
  }

  /** For conditions: fields are getters, read when asked for. */
  view(last: Binding<E> | undefined): object {
    return new this.#View(last)
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

function viewClass<E>(automaton: Automaton): ViewOf<E> {
  class View {
    readonly #last: Binding<E> | undefined

    constructor(last: Binding<E> | undefined) {
      this.#last = last
    }

    static last(view: View): Binding<E> | undefined {
      return view.#last
    }
  }
  automaton.elements.forEach(({ name, many }, element) => {
    const get = many
      ? function (this: View): E[] {
          return eventsOf(View.last(this), element)
        }
      : function (this: View): E | undefined {
          return lastOf(View.last(this), element)
        }
    Object.defineProperty(View.prototype, name, { enumerable: true, get })
  })
  const indexes = new Map(automaton.elements.map(({ name }, i) => [name, i]))
  Object.defineProperty(View.prototype, LAST_BOUND, {
    value: function (this: View, name: string): Binding<E> | undefined {
      return lastBinding(View.last(this), indexes.get(name) ?? -1)
    },
  })
  return View
}

/** The events bound to an element, first to last. */
function eventsOf<E>(last: Binding<E> | undefined, element: number): E[] {
  const events: E[] = []
  for (let at = last; at !== undefined; at = at.before) if (at.element === element) events.push(at.event.value)
  return events.reverse()
}

function lastOf<E>(last: Binding<E> | undefined, element: number): E | undefined {
  return lastBinding(last, element)?.event.value
}

function lastBinding<E>(last: Binding<E> | undefined, element: number): Binding<E> | undefined {
  let at = last
  while (at !== undefined && at.element !== element) at = at.before
  return at
}
