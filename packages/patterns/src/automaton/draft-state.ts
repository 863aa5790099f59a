/**
 * The automaton while it is being compiled: states are objects that point to each other and get edges one by one; edges
 * may be replaced (greedy loops do that to the state after them). Only the compiler uses it; `seal` gives the plain data.
 */

import { type Condition, type Element, innerOf, isNegated } from '../pattern/definition.ts'
import type { Automaton, BoundElement, EdgeAction, State, StateKind } from './automaton.ts'

export interface DraftEdge {
  readonly action: EdgeAction
  readonly to: DraftState
  when: Condition
}

export interface DraftState {
  /** Unique; the element's name, then `:n`. */
  readonly name: string
  readonly element: string
  kind: StateKind
  readonly gapMs: number | undefined
  /** `absence`: what comes after it. */
  goesOn: DraftState | undefined
  readonly edges: DraftEdge[]
}

export class StateNames {
  readonly #taken = new Set<string>()

  /** The name itself the first time, then the name with `:0`, `:1` and so on. */
  unique(name: string): string {
    let candidate = name
    for (let n = 0; this.#taken.has(candidate); n++) candidate = `${name}:${n}`
    this.#taken.add(candidate)
    return candidate
  }
}

export function addEdge(from: DraftState, action: EdgeAction, to: DraftState, when: Condition): void {
  from.edges.push({ action, to, when })
}

/** Freezes what can be reached from the start, in breadth-first order. */
export function seal(start: DraftState, elements: readonly Element[], windowMs: number): Automaton {
  const bound = boundElements(elements, false)
  const order = new Map<DraftState, number>([[start, 0]])
  // Grows while it is walked.
  for (const state of order.keys()) {
    for (const { to } of state.edges) if (!order.has(to)) order.set(to, order.size)
    if (state.goesOn !== undefined && !order.has(state.goesOn)) order.set(state.goesOn, order.size)
  }
  const states = [...order.keys()].map((state): State => {
    const edges = state.edges.map((edge) =>
      Object.freeze({ action: edge.action, to: order.get(edge.to) as number, when: edge.when }),
    )
    const element = bound.findIndex((one) => one.name === state.element)
    const { name, kind, gapMs, goesOn } = state
    return Object.freeze({
      name,
      element,
      kind,
      ...(gapMs === undefined ? {} : { gapMs }),
      ...(goesOn === undefined ? {} : { goesOn: order.get(goesOn) as number }),
      edges: Object.freeze(edges),
    })
  })
  return Object.freeze({ states: Object.freeze(states), elements: Object.freeze(bound), windowMs })
}

function boundElements(elements: readonly Element[], repeated: boolean): BoundElement[] {
  return elements.flatMap((element) => {
    const many = repeated || element.quantifier.kind !== 'one'
    const inner = innerOf(element)
    if (inner.length > 0) return inner.flatMap((sequence) => boundElements(sequence, many))
    // A negated element binds nothing that a run could live to show.
    if (isNegated(element)) return []
    return [Object.freeze({ name: element.name as string, many })]
  })
}
