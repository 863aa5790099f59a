/** Requests about brokers, topics and their partitions. See `requests.ts`. */

import type { TopicPartition } from 'millrace/log'
import type { Broker, Request } from './channel.ts'
import type { Coded, PartitionCode } from './requests.ts'

export interface ClusterRequests {
  /** No list: all topics. Never creates one. */
  metadata(topics: readonly string[] | null): Request<ClusterDescription>
  findCoordinator(of: { kind: CoordinatorKind; key: string }): Request<Coded & Broker>
  /** Earliest is timestamp -2, latest -1. */
  listOffsets(of: {
    partitions: readonly TopicPartition[]
    timestamp: number
    readCommitted: boolean
  }): Request<readonly (PartitionCode & { readonly offset: number })[]>
  createTopics(of: { topics: readonly TopicToCreate[]; timeoutMs: number }): Request<readonly TopicCode[]>
  deleteTopics(of: { topics: readonly string[]; timeoutMs: number }): Request<readonly TopicCode[]>
  /** The configuration of one topic. */
  describeConfigs(of: { topic: string }): Request<TopicConfig>
  deleteRecords(of: {
    /** Records before these. */
    offsets: readonly (TopicPartition & { readonly offset: number })[]
    timeoutMs: number
  }): Request<readonly PartitionCode[]>
}

export type CoordinatorKind = 'group' | 'transaction'

export interface ClusterDescription {
  readonly brokers: readonly (Broker & { readonly nodeId: number })[]
  readonly topics: readonly DescribedTopic[]
}

export interface DescribedTopic extends Coded {
  readonly topic: string
  readonly internal: boolean
  readonly partitions: readonly {
    readonly partition: number
    /** -1: none at the moment. */
    readonly leaderId: number
    /** -1 where the adapter's version has none. */
    readonly leaderEpoch: number
  }[]
}

export interface TopicToCreate {
  readonly topic: string
  readonly partitions: number
  /** -1: as the broker is configured. */
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export interface TopicCode extends Coded {
  readonly topic: string
  readonly errorMessage?: string | null
}

export interface TopicConfig extends Coded {
  readonly entries: readonly { readonly name: string; readonly value: string | null }[]
}
