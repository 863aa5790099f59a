/**
 * Topics, offsets and groups, as the port wants them. Calls are repeated until the cluster has settled: a topic that was
 * created can be written when `createTopics` resolves.
 */

import {
  type ListedOffset,
  type LogAdmin,
  LogError,
  type OffsetSpec,
  type TopicDescription,
  type TopicPartition,
  type TopicSpec,
} from 'millrace/log'
import type { Broker } from './channel.ts'
import type { Client } from './client.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { ErrorCode } from './errors.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { Metadata } from './metadata.ts'
import type { Coded } from './requests.ts'
import { retrying } from './retry.ts'

const TIMEOUT_MS = 30_000
const EARLIEST = -2
const LATEST = -1

export class KafkaAdmin implements LogAdmin {
  readonly #cluster: Cluster
  readonly #client: Client
  readonly #metadata: Metadata

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#client = cluster.client
    this.#metadata = cluster.metadata
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return
    const wanted = topics.map(({ name, partitions, replicationFactor = -1, config = {} }) => ({
      topic: name,
      partitions,
      replicationFactor,
      config,
    }))
    const request = this.#client.requests.createTopics({ topics: wanted, timeoutMs: TIMEOUT_MS })
    await this.#retrying(async () => {
      for (const { topic, errorCode, errorMessage } of await this.#metadata.anyBroker(request)) {
        if (errorCode === ErrorCode.none || errorCode === ErrorCode.topicAlreadyExists) continue
        const error = this.#client.protocolError(errorCode, `create topic ${topic}`)
        throw new LogError(error.code, errorMessage ? `${error.message} (${errorMessage})` : error.message, {
          coordinates: { topic },
          retriable: error.retriable,
        })
      }
    })
    await this.#metadata.refresh(topics.map(({ name }) => name))
    for (const { name } of topics) {
      await this.#metadata.awaitLeader(name, 0)
      const count = this.#metadata.partitionCount(name) ?? 0
      for (let partition = 1; partition < count; partition++) await this.#metadata.awaitLeader(name, partition)
    }
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const request = this.#client.requests.deleteTopics({ topics: names, timeoutMs: TIMEOUT_MS })
    await this.#retrying(async () => {
      for (const { topic, errorCode } of await this.#metadata.anyBroker(request)) {
        if (errorCode === ErrorCode.none || errorCode === ErrorCode.unknownTopicOrPartition) continue
        throw this.#client.protocolError(errorCode, `delete topic ${topic}`, { topic })
      }
    })
    // Brokers hear of it a moment later.
    await this.#retrying(async () => {
      await this.#metadata.refresh(names)
      const there = names.find((name) => this.#metadata.partitionCount(name) !== undefined)
      if (there !== undefined)
        throw new LogError('TOPIC_DELETION_PENDING', `topic ${there} is still there`, { retriable: true })
    })
  }

  async describeTopics(names?: readonly string[]): Promise<TopicDescription[]> {
    return this.#retrying(async () => {
      if (names === undefined) return this.#metadata.allTopics()
      if (names.length === 0) return []
      await this.#metadata.refresh(names)
      return names.flatMap((name) => {
        const partitions = this.#metadata.partitionCount(name)
        return partitions === undefined ? [] : [{ name, partitions }]
      })
    })
  }

  async topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    return this.#retrying(async () => {
      const { requests, protocolError } = this.#client
      const { errorCode, entries } = await this.#metadata.anyBroker(requests.describeConfigs({ topic: name }))
      if (errorCode !== ErrorCode.none)
        throw notRetriable(protocolError(errorCode, `read the configuration of topic ${name}`))
      return Object.fromEntries(entries.flatMap(({ name: key, value }) => (value === null ? [] : [[key, value]])))
    })
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
  ): Promise<ListedOffset[]> {
    const timestamp = spec === 'earliest' ? EARLIEST : spec === 'latest' ? LATEST : Math.ceil(spec.timestamp)
    const found = new Map<string, number>()
    await this.#eachLeader(partitions, async (broker, group) => {
      const request = this.#client.requests.listOffsets({
        partitions: group,
        timestamp,
        readCommitted: isolation === 'read_committed',
      })
      for (const { topic, partition, errorCode, offset } of await this.#metadata.channel.call(broker, request)) {
        this.#check(errorCode, 'list the offsets of', { topic, partition })
        found.set(`${partition}:${topic}`, offset)
      }
    })
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: found.get(`${partition}:${topic}`) ?? -1,
    }))
  }

  async deleteRecords(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    await this.#eachLeader(offsets, async (broker, group) => {
      const request = this.#client.requests.deleteRecords({ offsets: group, timeoutMs: TIMEOUT_MS })
      for (const { topic, partition, errorCode } of await this.#metadata.channel.call(broker, request)) {
        this.#check(errorCode, 'delete records of', { topic, partition })
      }
    })
  }

  async groupOffsets(
    groupId: string,
  ): Promise<(TopicPartition & { readonly offset: number; readonly metadata: string })[]> {
    const coordinator = new Coordinator(this.#cluster, 'group', groupId)
    return new GroupOffsets(this.#cluster, groupId, coordinator, this.#metadata.channel).fetch(null, false)
  }

  async deleteGroup(groupId: string): Promise<void> {
    const doing = `delete group ${groupId}`
    const codeOf = ([first]: readonly Coded[]): number => first?.errorCode ?? ErrorCode.none
    const answer = await new Coordinator(this.#cluster, 'group', groupId).call(
      this.#metadata.channel,
      { doing, errorOf: codeOf, withinMs: TIMEOUT_MS },
      this.#client.requests.deleteGroups([groupId]),
    )
    const code = codeOf(answer)
    if (code !== ErrorCode.none && code !== ErrorCode.groupIdNotFound) throw this.#client.protocolError(code, doing)
  }

  #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return retrying(this.#cluster.clock, TIMEOUT_MS, attempt)
  }

  #check(code: number, doing: string, { topic, partition }: TopicPartition): void {
    if (code === ErrorCode.none) return
    this.#metadata.markStale(topic)
    throw this.#client.protocolError(code, `${doing} ${topic}-${partition}`, { topic, partition })
  }

  /** Asks each partition's leader; all again when one has moved. */
  async #eachLeader<P extends TopicPartition>(
    partitions: readonly P[],
    ask: (broker: Broker, group: P[]) => Promise<void>,
  ): Promise<void> {
    if (partitions.length === 0) return
    await this.#retrying(async () => {
      const groups = new Map<number, { broker: Broker; group: P[] }>()
      for (const each of partitions) {
        const { nodeId, broker } = await this.#metadata.awaitLeader(each.topic, each.partition).catch((error) => {
          throw notRetriable(error)
        })
        const known = groups.get(nodeId)
        if (known === undefined) groups.set(nodeId, { broker, group: [each] })
        else known.group.push(each)
      }
      await Promise.all([...groups.values()].map(({ broker, group }) => ask(broker, group)))
    })
  }
}

/** The waiting was done already. */
function notRetriable(error: unknown): unknown {
  if (!(error instanceof LogError)) return error
  return new LogError(error.code, error.message, {
    coordinates: error.coordinates,
    retriable: false,
    fatal: error.fatal,
  })
}
