/**
 * What is known of the cluster: brokers, and who leads which partition. Refreshed when asked, never by time alone: whoever
 * gets an answer like NOT_LEADER marks the topic stale and asks again.
 *
 * Refreshes in flight are shared. A leader is only ever replaced by one of a newer epoch, as brokers may answer out of date;
 * where the adapter has no epochs, the next request finds that out.
 */

import type { Clock, LogError } from 'millrace/log'
import type { Broker, Channel, Request } from './channel.ts'
import type { Client } from './client.ts'
import type { DescribedTopic } from './cluster-requests.ts'
import { ErrorCode } from './errors.ts'

export interface PartitionLeader {
  readonly broker: Broker
  readonly nodeId: number
  /** -1 where the adapter has none. */
  readonly epoch: number
}

interface TopicState {
  readonly partitions: (PartitionLeader | undefined)[]
  stale: boolean
}

const REQUEST_TIMEOUT_MS = 30_000
/** Least time between two refreshes, ms: Kafka's retry.backoff.ms. */
const BACKOFF_MS = 100

export class Metadata {
  readonly #client: Client
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #bootstrap: readonly Broker[]
  readonly #topics = new Map<string, TopicState>()
  #brokers = new Map<number, Broker>()
  #preferred = 0
  #wanted = new Set<string>()
  /** The request that will ask for what is wanted: it waits for the one before. */
  #upcoming: Promise<ReadonlyMap<string, LogError>> | undefined
  /** Ends with the last request made. */
  #latest: Promise<unknown> = Promise.resolve()

  constructor(client: Client, bootstrap: readonly Broker[], clock: Clock) {
    this.#client = client
    this.#channel = client.openChannel(REQUEST_TIMEOUT_MS)
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
        throw this.#client.protocolError(code, `find the leader of ${topic}-${partition}`, { topic, partition })
      }
    }
  }

  markStale(topic: string): void {
    const state = this.#topics.get(topic)
    if (state !== undefined) state.stale = true
  }

  /**
   * Asks the cluster about these topics. Calls made while an answer is awaited share the request after it.
   *
   * @throws LogError of the connection, or the first with which one of these topics was refused
   */
  async refresh(topics: Iterable<string>): Promise<void> {
    const asked = [...topics]
    if (asked.length === 0) return
    for (const topic of asked) this.#wanted.add(topic)
    if (this.#upcoming === undefined) {
      this.#upcoming = this.#latest.then(() => {
        this.#upcoming = undefined
        return this.#ask()
      })
      this.#latest = this.#upcoming.catch(() => {})
    }
    const refused = await this.#upcoming
    for (const topic of asked) {
      const error = refused.get(topic)
      if (error !== undefined) throw error
    }
  }

  /** All topics but internal ones, with their partition counts. */
  async allTopics(): Promise<{ name: string; partitions: number }[]> {
    const answer = await this.anyBroker(this.#client.requests.metadata(null))
    return answer.topics
      .filter(({ internal }) => !internal)
      .map(({ topic, partitions }) => ({ name: topic, partitions: partitions.length }))
  }

  /** Calls the first broker that answers. */
  async anyBroker<Answer>(request: Request<Answer>): Promise<Answer> {
    const candidates = this.#candidates()
    let failure: unknown
    for (let index = 0; index < candidates.length; index++) {
      const at = (this.#preferred + index) % candidates.length
      try {
        const answer = await this.#channel.call(candidates[at], request)
        this.#preferred = at
        return answer
      } catch (error) {
        failure = error
      }
    }
    throw failure
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

  /** @returns the errors of topics that were refused */
  async #ask(): Promise<ReadonlyMap<string, LogError>> {
    const topics = [...this.#wanted]
    this.#wanted = new Set()
    const { brokers, topics: described } = await this.anyBroker(this.#client.requests.metadata(topics))
    if (brokers.length > 0) {
      this.#brokers = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, this.#client.mapBroker({ host, port })]))
    }
    const refused = new Map<string, LogError>()
    for (const found of described) {
      const { topic, errorCode } = found
      if (errorCode === ErrorCode.none) this.#learn(found)
      else if (errorCode === ErrorCode.unknownTopicOrPartition) this.#topics.delete(topic)
      else if (errorCode !== ErrorCode.leaderNotAvailable) {
        refused.set(topic, this.#client.protocolError(errorCode, `describe topic ${topic}`, { topic }))
      }
    }
    return refused
  }

  #learn({ topic, partitions: described }: DescribedTopic): void {
    const before = this.#topics.get(topic)
    const partitions: (PartitionLeader | undefined)[] = new Array(described.length).fill(undefined)
    for (const { partition, leaderId, leaderEpoch } of described) {
      const broker = this.#brokers.get(leaderId)
      if (broker === undefined) continue
      const old = before?.partitions[partition]
      // A recreated topic starts its epochs again; then the number of partitions or the answer to the next request tells.
      const outdated = old !== undefined && old.epoch > leaderEpoch && leaderEpoch > 0
      partitions[partition] = outdated ? old : { broker, nodeId: leaderId, epoch: leaderEpoch }
    }
    this.#topics.set(topic, { partitions, stale: false })
  }
}
