/**
 * What is known of the cluster: brokers, and who leads which partition. Refreshed when asked, never by time alone: whoever
 * gets an answer like NOT_LEADER marks the topic stale and asks again.
 *
 * Refreshes in flight are shared. A leader is only ever replaced by one of a newer epoch, as brokers may answer out of date.
 */

import { type API, metadataV12 } from '@platformatic/kafka'
import type { Clock } from 'millrace/log'
import { type Broker, Channel, type ConnectionSettings } from './channel.ts'
import { ErrorCode, errorName, protocolError } from './errors.ts'

export interface PartitionLeader {
  readonly broker: Broker
  readonly nodeId: number
  readonly epoch: number
}

interface TopicState {
  readonly partitions: (PartitionLeader | undefined)[]
  readonly internal: boolean
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
  #controllerId = -1
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
    const answer = await this.anyBroker(metadataV12.api, null, false, false)
    return answer.topics
      .filter((topic) => !topic.isInternal && topic.name !== null)
      .map((topic) => ({ name: topic.name as string, partitions: topic.partitions.length }))
  }

  async controller(): Promise<Broker> {
    if (!this.#brokers.has(this.#controllerId)) await this.refresh([])
    const broker = this.#brokers.get(this.#controllerId) ?? this.#candidates()[0]
    return broker
  }

  /** Calls the first broker that answers. */
  async anyBroker<A extends unknown[], R>(api: API<A, R>, ...parameters: A): Promise<R> {
    const candidates = this.#candidates()
    let failure: unknown
    for (let index = 0; index < candidates.length; index++) {
      const at = (this.#preferred + index) % candidates.length
      try {
        const answer = await this.#channel.call(candidates[at], api, ...parameters)
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
    const answer = await this.anyBroker(metadataV12.api, topics, false, false)
    if (answer.brokers.length > 0) {
      this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, this.reachable({ host, port })]))
    }
    this.#controllerId = answer.controllerId
    for (const topic of answer.topics) {
      if (topic.name === null || topic.name === undefined) continue
      if (topic.errorCode === ErrorCode.none) this.#learn(topic.name, topic)
      else if (topic.errorCode === ErrorCode.unknownTopicOrPartition) this.#topics.delete(topic.name)
      else if (topic.errorCode !== ErrorCode.leaderNotAvailable) {
        throw protocolError(topic.errorCode, `describe topic ${topic.name} (${errorName(topic.errorCode)})`)
      }
    }
  }

  #learn(name: string, topic: Awaited<ReturnType<typeof metadataV12.api.async>>['topics'][number]): void {
    const before = this.#topics.get(name)
    const partitions: (PartitionLeader | undefined)[] = new Array(topic.partitions.length).fill(undefined)
    for (const { partitionIndex, leaderId, leaderEpoch } of topic.partitions) {
      const broker = this.#brokers.get(leaderId)
      if (broker === undefined) continue
      const old = before?.partitions[partitionIndex]
      // A recreated topic starts its epochs again; then the number of partitions or the answer to the next request tells.
      const outdated = old !== undefined && old.epoch > leaderEpoch && leaderEpoch > 0
      partitions[partitionIndex] = outdated ? old : { broker, nodeId: leaderId, epoch: leaderEpoch }
    }
    this.#topics.set(name, { partitions, internal: topic.isInternal, stale: false })
  }
}
