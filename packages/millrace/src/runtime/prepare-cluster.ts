/**
 * What an app needs of its cluster before it starts: every source topic there, partition counts that fit, internal topics
 * made with Kafka Streams' settings. Everything that is wrong is reported at once (law 12).
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { Log } from '../log/log.ts'
import type { BuiltTopology, Subtopology } from '../plan/built-topology.ts'
import { changelogTopics, repartitionTopicConfig, resolvePartitions } from '../plan/internal-topics.ts'
import { ConfigError } from '../record/errors.ts'
import { ClusterPlan } from './cluster-plan.ts'
import { TopicNames } from './topic-names.ts'

export async function prepareCluster(topology: BuiltTopology, config: StreamsConfig, log: Log): Promise<ClusterPlan> {
  const names = new TopicNames(config.applicationId, topology)
  const existing = new Map((await log.admin.describeTopics()).map(({ name, partitions }) => [name, partitions]))
  const topicsOf = (subtopology: Subtopology): string[] =>
    resolveTopics(topology, subtopology, names, [...existing.keys()])

  const problems: string[] = []
  const external = new Map<string, number>()
  for (const topic of externalTopics(topology, topicsOf, names)) {
    const count = existing.get(topic)
    if (count === undefined) problems.push(`The source topic ${topic} does not exist. Create it before the app starts.`)
    else external.set(topic, count)
  }
  if (config.deadLetterTopic !== undefined && !existing.has(config.deadLetterTopic)) {
    problems.push(`The dead letter topic ${config.deadLetterTopic} does not exist. Create it before the app starts.`)
  }
  if (problems.length > 0) throw new ConfigError(problems)

  const resolved = resolvePartitions(topology, external)
  if (resolved.problems.length > 0) throw new ConfigError(resolved.problems)
  const wanted = [...resolved.partitions].map(([logical, partitions]) => ({
    name: names.physical(logical),
    partitions,
    replicationFactor: config.replicationFactor,
    config: repartitionTopicConfig(),
  }))
  const counts = new Map([...existing, ...wanted.map(({ name, partitions }) => [name, partitions] as const)])
  const plan = new ClusterPlan(topology, names, topicsOf, counts)
  for (const { store, topicConfig, subtopology } of changelogTopics(
    topology,
    config.windowStoreAdditionalRetentionMs,
  )) {
    const partitions = plan.subtopologies.find(({ subtopology: { id } }) => id === subtopology)?.tasks ?? 0
    wanted.push({
      name: names.changelog(store),
      partitions,
      replicationFactor: config.replicationFactor,
      config: topicConfig,
    })
  }
  for (const { name, partitions } of wanted) {
    const count = existing.get(name)
    if (count !== undefined && count !== partitions) {
      problems.push(
        `The internal topic ${name} has ${count} partitions, but the topology needs ${partitions}. Reset the application ` +
          '(delete its internal topics and committed offsets), or give it a new applicationId.',
      )
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  await log.admin.createTopics(wanted.filter(({ name }) => !existing.has(name)))
  const all = new Map([...existing, ...wanted.map(({ name, partitions }) => [name, partitions] as const)])
  return new ClusterPlan(topology, names, topicsOf, all)
}

/** The cluster's names of the topics a sub-topology reads, patterns matched against what exists. */
function resolveTopics(
  topology: BuiltTopology,
  subtopology: Subtopology,
  names: TopicNames,
  existing: readonly string[],
): string[] {
  const topics = new Set(subtopology.sourceTopics.map((topic) => names.physical(topic)))
  for (const name of subtopology.nodes) {
    const node = topology.nodes.get(name)
    if (node?.type !== 'source' || !(node.spec.topics instanceof RegExp)) continue
    const pattern = node.spec.topics
    for (const topic of existing) if (pattern.test(topic)) topics.add(topic)
  }
  return [...topics]
}

function externalTopics(
  topology: BuiltTopology,
  topicsOf: (subtopology: Subtopology) => string[],
  names: TopicNames,
): Set<string> {
  const internal = new Set([...topology.internalTopics.keys()].map((topic) => names.physical(topic)))
  const topics = new Set(topology.subtopologies.flatMap(topicsOf).filter((topic) => !internal.has(topic)))
  for (const { source } of topology.globalStores) {
    if (!(source.topics instanceof RegExp)) for (const topic of source.topics) topics.add(topic)
  }
  return topics
}
