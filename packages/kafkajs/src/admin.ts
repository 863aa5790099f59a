/**
 * Topics, offsets and groups, as the port wants them. Calls are repeated until the cluster has settled: a topic that was
 * created can be written when `createTopics` resolves.
 */

import {
  type Clock,
  type ListedOffset,
  type LogAdmin,
  LogError,
  type OffsetSpec,
  type TopicDescription,
  type TopicPartition,
  type TopicSpec,
} from 'millrace/log'
import { createTopics, deleteGroups, deleteRecords, deleteTopics, describeConfigs, listOffsets } from './apis.ts'
import { byTopic } from './by-topic.ts'
import type { Broker } from './channel.ts'
import { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { Metadata } from './metadata.ts'
import { retrying } from './retry.ts'

const TIMEOUT_MS = 30_000
const TOPIC_RESOURCE = 2
const EARLIEST = '-2'
const LATEST = '-1'

export class KafkaAdmin implements LogAdmin {
  readonly #metadata: Metadata
  readonly #clock: Clock

  constructor(metadata: Metadata, clock: Clock) {
    this.#metadata = metadata
    this.#clock = clock
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    if (topics.length === 0) return
    const wanted = topics.map(({ name, partitions, replicationFactor = -1, config = {} }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }))
    await this.#retrying(async () => {
      const answer = await this.#metadata.anyBroker(createTopics, { topics: wanted, timeout: TIMEOUT_MS })
      for (const { topic, errorCode, errorMessage } of answer.topicErrors) {
        if (errorCode === ErrorCode.none || errorCode === ErrorCode.topicAlreadyExists) continue
        const error = protocolError(errorCode, `create topic ${topic}`)
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
    await this.#retrying(async () => {
      const answer = await this.#metadata.anyBroker(deleteTopics, { topics: names, timeout: TIMEOUT_MS })
      for (const { topic, errorCode } of answer.topicErrors) {
        if (errorCode === ErrorCode.none || errorCode === ErrorCode.unknownTopicOrPartition) continue
        throw protocolError(errorCode, `delete topic ${topic}`, { topic })
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
      const answer = await this.#metadata.anyBroker(describeConfigs, { resources: [{ type: TOPIC_RESOURCE, name }] })
      const [result] = answer.resources
      if (result.errorCode !== ErrorCode.none)
        throw notRetriable(protocolError(result.errorCode, `read the configuration of topic ${name}`))
      return Object.fromEntries(
        result.configEntries.flatMap(({ configName, configValue }) =>
          configValue === null ? [] : [[configName, configValue]],
        ),
      )
    })
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
  ): Promise<ListedOffset[]> {
    const timestamp = spec === 'earliest' ? EARLIEST : spec === 'latest' ? LATEST : String(Math.ceil(spec.timestamp))
    const found = new Map<string, number>()
    await this.#eachLeader(partitions, async (broker, group) => {
      const answer = await this.#metadata.channel.call(broker, listOffsets, {
        replicaId: -1,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        topics: byTopic(group, ({ partition }) => ({ partition, timestamp })),
      })
      for (const { topic, partitions: answers } of answer.responses) {
        for (const { partition, errorCode, offset } of answers) {
          this.#check(errorCode, 'list the offsets of', { topic, partition })
          found.set(`${partition}:${topic}`, Number(offset))
        }
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
      const topics = byTopic(group, ({ partition, offset }) => ({ partition, offset: String(offset) }))
      const answer = await this.#metadata.channel.call(broker, deleteRecords, { topics, timeout: TIMEOUT_MS })
      for (const { topic, partitions } of answer.topics) {
        for (const { partition, errorCode } of partitions) {
          this.#check(errorCode, 'delete records of', { topic, partition })
        }
      }
    })
  }

  async groupOffsets(
    groupId: string,
  ): Promise<(TopicPartition & { readonly offset: number; readonly metadata: string })[]> {
    const coordinator = new Coordinator(this.#metadata, this.#clock, 'group', groupId)
    return new GroupOffsets(groupId, coordinator, this.#metadata.channel, this.#clock).fetch(null)
  }

  async deleteGroup(groupId: string): Promise<void> {
    const doing = `delete group ${groupId}`
    const answer = await new Coordinator(this.#metadata, this.#clock, 'group', groupId).call(
      this.#metadata.channel,
      { doing, errorOf: (response) => response.results[0]?.errorCode ?? 0, withinMs: TIMEOUT_MS },
      deleteGroups,
      [groupId],
    )
    const code = answer.results[0]?.errorCode ?? ErrorCode.none
    if (code !== ErrorCode.none && code !== ErrorCode.groupIdNotFound) throw protocolError(code, doing)
  }

  #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return retrying(this.#clock, TIMEOUT_MS, attempt)
  }

  #check(code: number, doing: string, { topic, partition }: TopicPartition): void {
    if (code === ErrorCode.none) return
    this.#metadata.markStale(topic)
    const error = protocolError(code, `${doing} ${topic}-${partition}`, { topic, partition })
    throw error
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
