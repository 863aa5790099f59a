/**
 * Co-partitioning: records of one key must be in the same partition number of every topic that a join reads. Groups that
 * share a topic are one group.
 */

import type { InternalTopicSpec } from './topology.ts'

/** Groups of topics, those that overlap joined into one. */
export function mergeCopartitionGroups(groups: readonly ReadonlySet<string>[]): Set<string>[] {
  const merged: Set<string>[] = []
  for (const group of groups) {
    const overlapping = merged.filter((other) => [...group].some((topic) => other.has(topic)))
    const all = new Set([...overlapping.flatMap((other) => [...other]), ...group])
    for (const other of overlapping) merged.splice(merged.indexOf(other), 1)
    if (all.size > 0) merged.push(all)
  }
  return merged
}

/** What the plan alone can know: pinned partition counts that differ where every topic of a join is pinned. */
export function copartitionMistakes(
  groups: readonly ReadonlySet<string>[],
  internalTopics: ReadonlyMap<string, InternalTopicSpec>,
): string[] {
  const mistakes: string[] = []
  for (const group of groups) {
    const counts = [...group].map((topic) => [topic, internalTopics.get(topic)?.partitions] as const)
    if (counts.length === 0 || counts.some(([, count]) => count === undefined)) continue
    if (new Set(counts.map(([, count]) => count)).size === 1) continue
    const shown = counts.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([topic, count]) => `${topic}=${count}`)
    mistakes.push(`Joined topics must have the same number of partitions, but: ${shown.join(', ')}.`)
  }
  return mistakes
}
