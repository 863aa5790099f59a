/**
 * Administration of the embedded log. A call that failed on the way is asked again, as a client of Kafka does: all of them
 * may be done twice.
 */

import { LogError } from '../../record/errors.ts'
import type { ListedOffset, LogAdmin, OffsetSpec, TopicDescription, TopicSpec } from '../admin.ts'
import type { TopicPartition } from '../log.ts'
import type { Broker } from './broker.ts'
import type { PortCalls } from './port-call.ts'

const RETRY_BACKOFF_MS = 50
const GIVE_UP_MS = 60_000

export class EmbeddedAdmin implements LogAdmin {
  readonly #broker: Broker
  readonly #calls: PortCalls

  constructor(broker: Broker, calls: PortCalls) {
    this.#broker = broker
    this.#calls = calls
  }

  async #run<T>(detail: string, execute: () => T): Promise<T> {
    if (!this.#calls.intercepted) return execute()
    const { clock } = this.#calls
    const deadline = clock.monotonic() + GIVE_UP_MS
    for (;;) {
      try {
        return await this.#calls.run({ operation: 'admin', detail }, execute)
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable || error.code === 'NON_EMPTY_GROUP') throw error
        if (clock.monotonic() >= deadline) throw error
        await clock.sleep(RETRY_BACKOFF_MS)
      }
    }
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.#run('createTopics', () => {
      for (const topic of topics) this.#broker.createTopic(topic)
    })
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#run('deleteTopics', () => {
      for (const name of names) this.#broker.deleteTopic(name)
    })
  }

  describeTopics(names?: readonly string[]): Promise<TopicDescription[]> {
    return this.#run('describeTopics', () => {
      const wanted = names === undefined ? undefined : new Set(names)
      const described: TopicDescription[] = []
      for (const { name, partitions } of this.#broker.topics) {
        if (wanted === undefined || wanted.has(name)) described.push({ name, partitions: partitions.length })
      }
      return described
    })
  }

  topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    return this.#run('topicConfig', () => {
      const topic = this.#broker.topic(name)
      if (topic !== undefined) return topic.config.all
      throw new LogError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic ${name}.`, { coordinates: { topic: name } })
    })
  }

  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
  ): Promise<ListedOffset[]> {
    return this.#run('listOffsets', () =>
      partitions.map(({ topic, partition }) => {
        const log = this.#broker.partition(topic, partition)
        const end = isolation === 'read_committed' ? log.lastStableOffset : log.logEnd
        if (spec === 'earliest') return { topic, partition, offset: log.logStart }
        if (spec === 'latest') return { topic, partition, offset: end }
        const offset = log.offsetForTimestamp(spec.timestamp)
        return { topic, partition, offset: offset < end ? offset : -1 }
      }),
    )
  }

  deleteRecords(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    return this.#run('deleteRecords', () => {
      for (const { topic, partition, offset } of offsets) this.#broker.partition(topic, partition).deleteBefore(offset)
    })
  }

  groupOffsets(groupId: string): Promise<(TopicPartition & { readonly offset: number; readonly metadata: string })[]> {
    return this.#run('groupOffsets', () => this.#broker.group(groupId).offsets.all())
  }

  deleteGroup(groupId: string): Promise<void> {
    return this.#run('deleteGroup', () => this.#broker.deleteGroup(groupId))
  }
}
