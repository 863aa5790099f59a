/**
 * Topics and offsets: what an app needs of a cluster's administration. Calls are idempotent where Kafka's are.
 */

import type { TopicPartition } from './log.ts'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** -1 (default): the broker's default. */
  readonly replicationFactor?: number
  /** Topic configuration by Kafka's names, e.g. `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>
}

export interface TopicDescription {
  readonly name: string
  readonly partitions: number
}

export type OffsetSpec = 'earliest' | 'latest' | { readonly timestamp: number }

export interface ListedOffset extends TopicPartition {
  /** -1 where no record has such a timestamp. */
  readonly offset: number
}

export interface LogAdmin {
  /** Creates topics that are not there; resolves when all can be written. Topics that are there stay as they are. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>
  deleteTopics(names: readonly string[]): Promise<void>
  /** Topics that exist; names that do not are left out. Without names: all but internal ones. */
  describeTopics(names?: readonly string[]): Promise<TopicDescription[]>
  /** Effective configuration of a topic. */
  topicConfig(name: string): Promise<Readonly<Record<string, string>>>
  /** `read_committed` makes `latest` the last stable offset. */
  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation?: 'read_committed' | 'read_uncommitted',
  ): Promise<ListedOffset[]>
  /** Drops records before an offset. */
  deleteRecords(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>
  /** Committed offsets of a group, without being its member. */
  groupOffsets(groupId: string): Promise<(TopicPartition & { readonly offset: number; readonly metadata: string })[]>
  deleteGroup(groupId: string): Promise<void>
}
