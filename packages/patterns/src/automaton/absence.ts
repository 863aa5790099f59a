/**
 * How runs come to wait in an absence. Its time counts from the last event taken, and goes on though no event comes; so a run
 * is there from that event on, beside what else it may do: where a state could proceed to an absence, whatever leads into that
 * state leads into the absence too, and the way by `proceed`, which needs another event, is taken out.
 */

import { PatternError } from '../pattern/pattern-error.ts'
import { addEdge, type DraftState } from './draft-state.ts'

/** @throws PatternError where an absence has no event to count from, or depends on the event that comes next */
export function enterAbsences(start: DraftState, states: readonly DraftState[]): void {
  if (states.every(({ kind }) => kind !== 'absence')) return
  for (const absence of absencesAfter(start)) {
    throw new PatternError([
      `${absence.element}: an absence needs an event to count from: put a required element before it`,
    ])
  }
  for (const { kind, element, goesOn } of states) {
    if (kind !== 'absence' || goesOn === undefined) continue
    if (goesOn.kind === 'absence' || absencesAfter(goesOn).length > 0) {
      throw new PatternError([
        `${element}: two absences in a row: put a required element between them, or make them one`,
      ])
    }
  }
  const beyond = new Map(states.map((state) => [state, absencesAfter(state)]))
  for (const state of states) {
    for (const { action, to, when } of [...state.edges]) {
      if (action !== 'take') continue
      for (const absence of beyond.get(to) as DraftState[]) addEdge(state, 'take', absence, when)
    }
  }
  for (const state of states) {
    const { edges } = state
    const kept = edges.filter(({ action, to }) => action !== 'proceed' || to.kind !== 'absence')
    edges.splice(0, edges.length, ...kept)
  }
}

/** The absences that a run could proceed to from a state. */
function absencesAfter(from: DraftState): DraftState[] {
  const found: DraftState[] = []
  const seen = new Set([from])
  for (const state of seen) {
    for (const { action, to, when } of state.edges) {
      if (action !== 'proceed' || to.kind === 'stop' || to.kind === 'final' || seen.has(to)) continue
      if (to.kind !== 'absence') {
        seen.add(to)
        continue
      }
      if (when.kind !== 'always') {
        throw new PatternError([
          `${to.element}: an absence cannot come after a greedy loop, or a group, that until() ends: leave out until()`,
        ])
      }
      if (!found.includes(to)) found.push(to)
    }
  }
  return found
}
