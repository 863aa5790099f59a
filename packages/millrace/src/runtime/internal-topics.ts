/**
 * The internal topics a topology needs, with the settings they are created with: to look at, to document, to create by hand
 * where an app may not.
 */

import type { BuiltTopology } from '../plan/built-topology.ts'
import { changelogTopics, repartitionTopicConfig } from '../plan/internal-topics.ts'
import { TopicNames } from './topic-names.ts'

export interface InternalTopic {
  /** The cluster's name, application id included. */
  readonly name: string
  /** Pinned by the topology; undefined: from the topics upstream. */
  readonly partitions: number | undefined
  readonly config: Readonly<Record<string, string>>
}

const DAY_MS = 86_400_000

/** @param additionalRetentionMs `windowstore.changelog.additional.retention.ms`, default one day. */
export function internalTopics(
  topology: BuiltTopology,
  applicationId: string,
  additionalRetentionMs: number = DAY_MS,
): InternalTopic[] {
  const names = new TopicNames(applicationId, topology)
  const repartitions = [...topology.internalTopics.values()].map(({ name, partitions }) => ({
    name: names.physical(name),
    partitions,
    config: repartitionTopicConfig(),
  }))
  const changelogs = changelogTopics(topology, additionalRetentionMs).map(({ store, topicConfig }) => ({
    name: names.changelog(store),
    partitions: undefined,
    config: topicConfig,
  }))
  return [...repartitions, ...changelogs]
}
