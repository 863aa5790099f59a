/**
 * What is known of the cluster: brokers, and who leads which partition. Refreshed when asked, never by time alone: whoever
 * gets an answer like NOT_LEADER marks the topic stale and asks again. Refreshes in flight are shared.
 *
 * kafkajs speaks Metadata up to version 6, without leader epochs: an answer out of date is found out by the next request.
 */

import type { Clock } from 'millrace/log'
import { type Api, type MetadataTopic, metadata } from './apis.ts'
import { type Broker, Channel, type ConnectionSettings } from './channel.ts'
import { ErrorCode, protocolError } from './errors.ts'

export interface PartitionLeader {
  readonly broker: Broker
  readonly nodeId: number
}

interface TopicState {
  readonly partitions: (PartitionLeader | undefined)[]
  stale: boolean
}

const REQUEST_TIMEOUT_MS = 30_000
/** Least time between two refreshes, ms: Kafka's retry.backoff.ms. */
const BACKOFF_MS = 100

export class Metadata {
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #settings: ConnectionSettings
  readonly #bootstrap: readonly Broker[]
  readonly #topics = new Map<string, TopicState>()
  #brokers = new Map<number, Broker>()
  #preferred = 0
  #refreshing: Promise<void> | undefined
  #wanted = new Set<string>()

  constructor(settings: ConnectionSettings, bootstrap: readonly Broker[], clock: Clock) {
    this.#channel = new Channel(settings, REQUEST_TIMEOUT_MS)
    this.#settings = settings
    this.#bootstrap = bootstrap
    this.#clock = clock
  }

  /** Undefined if unknown, stale, or without a leader at the moment: `refresh` and ask again. */
  leader(topic: string, partition: number): PartitionLeader | undefined {
    const state = this.#topics.get(topic)
    return state === undefined || state.stale ? undefined : state.partitions[partition]
  }

  /** Undefined if the topic did not exist at the last refresh. */
  partitionCount(topic: string): number | undefined {
    return this.#topics.get(topic)?.partitions.length
  }

  /** Asks for the leader until there is one. @throws LogError `UNKNOWN_TOPIC_OR_PARTITION` after some tries, or connection trouble. */
  async awaitLeader(topic: string, partition: number, tries = 20): Promise<PartitionLeader> {
    for (let attempt = 0; ; attempt++) {
      const known = this.leader(topic, partition)
      if (known !== undefined) return known
      if (attempt > 0) await this.#clock.sleep(BACKOFF_MS)
      await this.refresh([topic])
      if (attempt >= tries) {
        const code =
          this.partitionCount(topic) === undefined ? ErrorCode.unknownTopicOrPartition : ErrorCode.leaderNotAvailable
        throw protocolError(code, `find the leader of ${topic}-${partition}`, { topic, partition })
      }
    }
  }

  markStale(topic: string): void {
    const state = this.#topics.get(topic)
    if (state !== undefined) state.stale = true
  }

  /** Asks the cluster about these topics. Concurrent calls share requests. */
  async refresh(topics: Iterable<string>): Promise<void> {
    for (const topic of topics) this.#wanted.add(topic)
    const running = this.#refreshing
    if (running !== undefined) {
      await running.catch(() => {})
      if (this.#wanted.size === 0) return
      if (this.#refreshing !== undefined && this.#refreshing !== running) return this.#refreshing
    }
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** All topics but internal ones, with their partition counts. */
  async allTopics(): Promise<{ name: string; partitions: number }[]> {
    const answer = await this.anyBroker(metadata, { topics: [], allowAutoTopicCreation: false })
    return answer.topicMetadata
      .filter(({ isInternal }) => !isInternal)
      .map(({ topic, partitionMetadata }) => ({ name: topic, partitions: partitionMetadata.length }))
  }

  /** Calls the first broker that answers. */
  async anyBroker<P, R>(api: Api<P, R>, parameters: P): Promise<R> {
    const candidates = this.#candidates()
    let failure: unknown
    for (let index = 0; index < candidates.length; index++) {
      const at = (this.#preferred + index) % candidates.length
      try {
        const answer = await this.#channel.call(candidates[at], api, parameters)
        this.#preferred = at
        return answer
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  /** Where a broker that was named in an answer is reached from here. */
  reachable(advertised: Broker): Broker {
    return this.#settings.mapBroker(advertised)
  }

  /** Calls one broker over the channel for administration. */
  get channel(): Channel {
    return this.#channel
  }

  close(): Promise<void> {
    return this.#channel.close()
  }

  #candidates(): readonly Broker[] {
    return this.#brokers.size === 0 ? this.#bootstrap : [...this.#brokers.values(), ...this.#bootstrap]
  }

  async #refresh(): Promise<void> {
    const topics = [...this.#wanted]
    this.#wanted = new Set()
    // An empty list asks for all topics.
    if (topics.length === 0) return
    const answer = await this.anyBroker(metadata, { topics, allowAutoTopicCreation: false })
    if (answer.brokers.length > 0) {
      this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, this.reachable({ host, port })]))
    }
    for (const found of answer.topicMetadata) {
      const { topic, topicErrorCode } = found
      if (topicErrorCode === ErrorCode.none) this.#learn(found)
      else if (topicErrorCode === ErrorCode.unknownTopicOrPartition) this.#topics.delete(topic)
      else if (topicErrorCode !== ErrorCode.leaderNotAvailable) {
        throw protocolError(topicErrorCode, `describe topic ${topic}`, { topic })
      }
    }
  }

  #learn({ topic, partitionMetadata }: MetadataTopic): void {
    const partitions: (PartitionLeader | undefined)[] = new Array(partitionMetadata.length).fill(undefined)
    for (const { partitionId, leader } of partitionMetadata) {
      const broker = this.#brokers.get(leader)
      if (broker !== undefined) partitions[partitionId] = { broker, nodeId: leader }
    }
    this.#topics.set(topic, { partitions, stale: false })
  }
}
