/**
 * What the cluster must have for a topology: partition counts of internal topics, worked out from those of the topics that
 * users own, and their settings (reference 2.3). Pure: asks nobody, creates nothing; names are logical.
 */

import type { BuiltTopology, Subtopology } from './built-topology.ts'
import { mergeCopartitionGroups } from './copartition.ts'
import { matchesWholeTopic } from './topic-pattern.ts'

const CREATE_TIME = { 'message.timestamp.type': 'CreateTime' }

/** Settings of repartition and foreign-key topics. */
export function repartitionTopicConfig(): Record<string, string> {
  return { ...CREATE_TIME, 'cleanup.policy': 'delete', 'segment.bytes': '52428800', 'retention.ms': '-1' }
}

export interface ChangelogTopic {
  /** The store; its topic is `<application id>-<store>-changelog`. */
  readonly store: string
  readonly topicConfig: Record<string, string>
  /** The sub-topology whose tasks write it: its task count is the topic's partition count. */
  readonly subtopology: number
}

/**
 * The changelog topics to create: of every store that is logged and does not mirror a source topic.
 *
 * @param additionalRetentionMs `windowstore.changelog.additional.retention.ms`
 */
export function changelogTopics(topology: BuiltTopology, additionalRetentionMs: number): ChangelogTopic[] {
  return topology.subtopologies.flatMap((subtopology) =>
    subtopology.stores.flatMap((store) => {
      const declaration = topology.stores.get(store)
      if (declaration === undefined || !declaration.builder.logging || declaration.sourceTopic !== undefined) return []
      const topicConfig = { ...CREATE_TIME, ...declaration.builder.changelogConfig(additionalRetentionMs) }
      return [{ store, topicConfig, subtopology: subtopology.id }]
    }),
  )
}

export interface ResolvedPartitions {
  /** Partition count of each internal topic. */
  readonly partitions: ReadonlyMap<string, number>
  /** What does not fit, all of it. */
  readonly problems: readonly string[]
}

/**
 * Partition counts of the internal topics: pinned, else the largest of the topics read upstream, then made equal where
 * topics are joined.
 *
 * @param external partition counts of the topics that are not the topology's own
 */
export function resolvePartitions(topology: BuiltTopology, external: ReadonlyMap<string, number>): ResolvedPartitions {
  const partitions = new Map<string, number>()
  const problems: string[] = []
  for (const { name, partitions: pinned } of topology.internalTopics.values()) {
    if (pinned !== undefined) partitions.set(name, pinned)
  }
  countFromUpstream(topology, external, partitions)
  for (const group of mergeCopartitionGroups(topology.subtopologies.flatMap(groupsOf))) {
    makeEqual(topology, [...group].sort(), external, partitions, problems)
  }
  for (const name of topology.internalTopics.keys()) {
    if (partitions.has(name)) continue
    problems.push(
      `The partition count of the internal topic ${name} cannot be worked out: no topic upstream of it exists, or no topic ` +
        'matches the pattern. Create the input topics first.',
    )
  }
  return { partitions, problems: [...new Set(problems)] }
}

function groupsOf(subtopology: Subtopology): ReadonlySet<string>[] {
  return subtopology.copartitionGroups.map((group) => new Set(group))
}

/** Repeats until nothing is added: a repartition may be upstream of another, and cycles are possible. */
function countFromUpstream(
  topology: BuiltTopology,
  external: ReadonlyMap<string, number>,
  partitions: Map<string, number>,
): void {
  const upstream = topology.subtopologies.map((subtopology) => ({
    sinkTopics: new Set(subtopology.sinkTopics),
    sourceTopics: topicsRead(topology, subtopology, external),
  }))
  for (let progress = true; progress; ) {
    progress = false
    for (const name of topology.internalTopics.keys()) {
      if (partitions.has(name)) continue
      const counts = upstream
        .filter(({ sinkTopics }) => sinkTopics.has(name))
        .flatMap(({ sourceTopics }) => sourceTopics)
        .flatMap((topic) => partitions.get(topic) ?? external.get(topic) ?? [])
      if (counts.length === 0) continue
      partitions.set(name, Math.max(...counts))
      progress = true
    }
  }
}

function topicsRead(
  topology: BuiltTopology,
  subtopology: Subtopology,
  external: ReadonlyMap<string, number>,
): readonly string[] {
  const patterns = subtopology.nodes.flatMap((name) => {
    const node = topology.nodes.get(name)
    return node?.type === 'source' && node.spec.topics instanceof RegExp ? [node.spec.topics] : []
  })
  const matched = [...external.keys()].filter((topic) => patterns.some((pattern) => matchesWholeTopic(pattern, topic)))
  return [...subtopology.sourceTopics, ...matched]
}

function makeEqual(
  topology: BuiltTopology,
  group: readonly string[],
  external: ReadonlyMap<string, number>,
  partitions: Map<string, number>,
  problems: string[],
): void {
  const internal = group.filter((topic) => topology.internalTopics.has(topic))
  const owned = group.filter((topic) => !topology.internalTopics.has(topic) && external.has(topic))
  const pinned = internal.filter((topic) => topology.internalTopics.get(topic)?.partitions !== undefined)
  const countOf = (topic: string): number | undefined => external.get(topic) ?? partitions.get(topic)
  const fixed = [...owned, ...pinned]
  if (new Set(fixed.map(countOf)).size > 1) {
    const counts = fixed.map((topic) => `${topic} has ${countOf(topic)}`).join(', ')
    problems.push(
      `Joined topics must have the same number of partitions, but ${counts}. Repartition one of the streams ` +
        '(repartition({ partitions })), or create the topic anew.',
    )
    return
  }
  const known = internal.flatMap((topic) => partitions.get(topic) ?? [])
  const count = fixed.length > 0 ? countOf(fixed[0]) : known.length > 0 ? Math.max(...known) : undefined
  if (count !== undefined) for (const topic of internal) partitions.set(topic, count)
}
