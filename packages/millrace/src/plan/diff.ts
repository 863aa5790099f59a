/**
 * What changes for a running application when one topology replaces another: which state starts empty, which records stay
 * behind in topics that nobody reads any more, which tasks get other ids. Compares names and facts; callbacks are not seen.
 */

import type { BuiltTopology } from './built-topology.ts'
import { changelogTopics } from './internal-topics.ts'

export interface TopologyChange {
  readonly what: 'store' | 'internal topic' | 'source topic' | 'sub-topology' | 'node'
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Whether data is left behind or state starts empty: then the application must be reset or migrated. */
  readonly losesData: boolean
  /** What it means, as a sentence. */
  readonly effect: string
}

/**
 * The changes from one topology to another, those that lose data first.
 *
 * @example
 * const losses = diff(running.build(), next.build()).filter((change) => change.losesData)
 */
export function diff(before: BuiltTopology, after: BuiltTopology): TopologyChange[] {
  const changes = [
    ...names('store', storeNames(before), storeNames(after), {
      added: ['The store starts empty: only records from now on are in it.', false],
      removed: ['Its state is not read any more; its changelog stays until it is deleted.', true],
    }),
    ...names('internal topic', before.internalTopics.keys(), after.internalTopics.keys(), {
      added: ['The topic is created at the next start.', false],
      removed: ['Records in it that are not processed yet are left behind: let the old version drain first.', true],
    }),
    ...names('source topic', sourceTopics(before), sourceTopics(after), {
      added: ['It is read from the offset reset position on.', false],
      removed: ['It is not read any more.', true],
    }),
    ...names('node', before.nodes.keys(), after.nodes.keys(), {
      added: ['A step more.', false],
      removed: ['A step less.', false],
    }),
    ...changelogChanges(before, after),
    ...movedStores(before, after),
  ]
  return changes.sort((a, b) => Number(b.losesData) - Number(a.losesData))
}

type Effects = { readonly [change in 'added' | 'removed']: readonly [effect: string, losesData: boolean] }

function names(
  what: TopologyChange['what'],
  before: Iterable<string>,
  after: Iterable<string>,
  effects: Effects,
): TopologyChange[] {
  const [old, fresh] = [new Set(before), new Set(after)]
  const changes = (found: readonly string[], change: 'added' | 'removed'): TopologyChange[] =>
    found.map((name) => {
      const [effect, losesData] = effects[change]
      return { what, name, change, losesData, effect }
    })
  const removed = [...old].filter((name) => !fresh.has(name))
  const added = [...fresh].filter((name) => !old.has(name))
  return [...changes(removed, 'removed'), ...changes(added, 'added')]
}

function storeNames(topology: BuiltTopology): string[] {
  return [...topology.stores.keys(), ...topology.globalStores.map(({ store }) => store.name)]
}

function sourceTopics(topology: BuiltTopology): string[] {
  return topology.subtopologies
    .flatMap((subtopology) => subtopology.sourceTopics)
    .filter((topic) => !topology.internalTopics.has(topic))
}

/** Stores of both whose changelog, or its settings, is another: a window made longer, logging switched off. */
function changelogChanges(before: BuiltTopology, after: BuiltTopology): TopologyChange[] {
  const [old, fresh] = [changelogs(before), changelogs(after)]
  return [...before.stores.keys()]
    .filter((name) => after.stores.has(name) && old.get(name) !== fresh.get(name))
    .map((name) => ({
      what: 'store' as const,
      name,
      change: 'changed' as const,
      losesData: old.has(name) !== fresh.has(name),
      effect: old.has(name)
        ? fresh.has(name)
          ? `Its changelog has other settings: ${old.get(name)} becomes ${fresh.get(name)}.`
          : 'It has no changelog of its own any more.'
        : 'It gets a changelog of its own, which starts empty.',
    }))
}

function changelogs(topology: BuiltTopology): Map<string, string> {
  return new Map(changelogTopics(topology, 0).map(({ store, topicConfig }) => [store, JSON.stringify(topicConfig)]))
}

/** Task ids come from sub-topology numbers: local copies under another id are not found, and are restored anew. */
function movedStores(before: BuiltTopology, after: BuiltTopology): TopologyChange[] {
  return before.subtopologies.flatMap(({ id, stores }) =>
    stores.flatMap((name): TopologyChange[] => {
      const now = after.subtopologies.find((subtopology) => subtopology.stores.includes(name))
      if (now === undefined || now.id === id) return []
      const effect = `${name} moves to sub-topology ${now.id}: its tasks have other ids and restore it from the changelog.`
      return [{ what: 'sub-topology', name: String(id), change: 'changed', losesData: false, effect }]
    }),
  )
}
