/**
 * Names of a stream–stream join's nodes and stores, and the order in which they take indexes (reference 2.2).
 */

import type { Graph } from '../plan/graph.ts'
import { noteImplicitStore, suffixedName } from './operator-names.ts'

export interface StreamJoinNames {
  readonly thisWindowed: string
  readonly otherWindowed: string
  readonly thisJoin: string
  readonly otherJoin: string
  readonly merge: string
  readonly leftStore: string
  readonly rightStore: string
  /** Undefined for inner joins. */
  readonly sharedStore: string | undefined
}

const INDEX_DIGITS = 10

/** @param options the user's names: of the join, and of its stores */
export function streamJoinNames(
  graph: Graph,
  options: { readonly name?: string | undefined; readonly store?: string | undefined; readonly logging?: boolean },
  preserved: { readonly left: boolean; readonly right: boolean },
): StreamJoinNames {
  const { name, store } = options
  const thisSuffix = preserved.right ? '-outer-this-join' : '-this-join'
  const otherSuffix = preserved.left ? '-outer-other-join' : '-other-join'
  const sharedSuffix = preserved.right ? '-outer-shared-join' : '-left-shared-join'
  const thisWindowed = suffixedName(graph, name, '-this-windowed', 'KSTREAM-WINDOWED-')
  const otherWindowed = suffixedName(graph, name, '-other-windowed', 'KSTREAM-WINDOWED-')
  const thisGenerated = graph.newName(preserved.right ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
  const otherGenerated = graph.newName(preserved.left ? 'KSTREAM-OUTEROTHER-' : 'KSTREAM-JOINOTHER-')
  const merge = suffixedName(graph, name, '-merge', 'KSTREAM-MERGE-')

  const shared =
    store === undefined ? `KSTREAM-OUTERSHARED-${thisGenerated.slice(-INDEX_DIGITS)}` : store + sharedSuffix
  const names = {
    thisWindowed,
    otherWindowed,
    thisJoin: name === undefined ? thisGenerated : name + thisSuffix,
    otherJoin: name === undefined ? otherGenerated : name + otherSuffix,
    merge,
    leftStore: `${store === undefined ? thisGenerated : store + thisSuffix}-store`,
    rightStore: `${store === undefined ? otherGenerated : store + otherSuffix}-store`,
    sharedStore: preserved.left ? `${shared}-store` : undefined,
  }
  if (store === undefined) {
    for (const implicit of [names.leftStore, names.rightStore, names.sharedStore]) {
      if (implicit !== undefined) noteImplicitStore(graph, implicit, options.logging !== false)
    }
  }
  return names
}
