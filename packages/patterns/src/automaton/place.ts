/**
 * Where an element stands while it is compiled: its neighbours and the innermost group around it. Groups that repeat are
 * compiled once for each repeat, and their head differs in the first.
 */

import type { Element } from '../pattern/definition.ts'

export interface Place {
  readonly elements: readonly Element[]
  readonly index: number
  /** The innermost group around it. */
  readonly group: Element | undefined
  /** Whether the group's first repeat is being made; true outside groups and for groups that do not repeat. */
  readonly firstPass: boolean
  /** What follows the innermost group. */
  readonly afterGroup: Element | undefined
}

/** The places of a sequence, without the index. */
export type Scope = Omit<Place, 'index'>

/** Inside the group that stands at `place`. */
export function inside(place: Place, firstPass: boolean): Scope {
  const group = place.elements[place.index]
  return {
    elements: group.group as readonly Element[],
    group,
    firstPass,
    afterGroup: follower(place),
  }
}

/** The element after it, be it that after the group it ends. */
export function follower(place: Place): Element | undefined {
  return place.elements[place.index + 1] ?? place.afterGroup
}
