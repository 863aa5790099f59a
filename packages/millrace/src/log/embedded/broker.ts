/**
 * The embedded log's server side: topics, groups and transactions in one process, all of it synchronous. Clients reach
 * it through port calls only.
 *
 * Cleaning runs when it is due and somebody produces, or when asked: a timer would keep an idle process alive.
 */

import type { Clock } from '../../record/clock.ts'
import { LogError } from '../../record/errors.ts'
import type { RecordBatchBuilder } from '../../record/record-batch-builder.ts'
import type { TopicSpec } from '../admin.ts'
import type { GroupMetadata, OffsetToCommit } from '../group.ts'
import type { TopicPartition } from '../log.ts'
import type { BatchStorage } from './batch-storage.ts'
import { type CleaningPass, compact, expire } from './compaction.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import { journaledOffsets } from './group-offsets.ts'
import type { Journal } from './journal.ts'
import { PartitionLog } from './partition-log.ts'
import { type TopicConfig, topicConfig } from './topic-config.ts'
import { type ProducerSession, TransactionCoordinator } from './transaction-coordinator.ts'

export interface Topic {
  readonly name: string
  readonly config: TopicConfig
  readonly partitions: readonly PartitionLog[]
  readonly passes: readonly CleaningPass[][]
}

/** Makes the place a partition's batches are kept in. */
export type StorageFactory = (partition: TopicPartition) => BatchStorage

export interface BrokerOptions {
  readonly clock: Clock
  readonly storage: StorageFactory
  readonly journal: Journal
  readonly cleanEveryMs: number
}

interface TopicFact {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

const TOPIC_FACTS = 'topic/'
const PASSES_FACTS = 'passes/'

export class Broker {
  readonly clock: Clock
  readonly transactions: TransactionCoordinator
  readonly #topics: Map<string, Topic> = new Map()
  readonly #groups: Map<string, GroupCoordinator> = new Map()
  readonly #storage: StorageFactory
  readonly #cleanEveryMs: number
  #nextCleaning: number

  readonly #journal: Journal

  /** Takes over what storage and journal hold. */
  constructor({ clock, storage, journal, cleanEveryMs }: BrokerOptions) {
    this.clock = clock
    this.transactions = new TransactionCoordinator(clock, journal)
    this.#storage = storage
    this.#journal = journal
    this.#cleanEveryMs = cleanEveryMs
    this.#nextCleaning = clock.now() + cleanEveryMs
    for (const [, fact] of journal.entries(TOPIC_FACTS)) {
      const { name, partitions, config } = fact as TopicFact
      this.#openTopic(name, partitions, topicConfig(name, config))
    }
    for (const [groupId, offsets] of journaledOffsets(journal)) this.group(groupId).offsets.commit(offsets)
    this.transactions.recover((topic, partition) => this.#topics.get(topic)?.partitions[partition])
  }

  get topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  /** Creates a topic; one that is there stays as it is. @throws LogError `INVALID_PARTITIONS`, `INVALID_CONFIG` */
  createTopic({ name, partitions, config }: TopicSpec): void {
    if (this.#topics.has(name)) return
    if (!Number.isInteger(partitions) || partitions < 1) {
      throw new LogError('INVALID_PARTITIONS', `Topic ${name} cannot have ${partitions} partitions; give 1 or more.`, {
        coordinates: { topic: name },
      })
    }
    const parsed = topicConfig(name, config)
    this.#openTopic(name, partitions, parsed)
    const fact: TopicFact = { name, partitions, config: parsed.all }
    this.#journal.set(`${TOPIC_FACTS}${name}`, fact)
  }

  #openTopic(name: string, partitions: number, config: TopicConfig): void {
    const logs = Array.from(
      { length: partitions },
      (_, partition) =>
        new PartitionLog(name, partition, config, this.#storage({ topic: name, partition }), this.#journal),
    )
    const passes = logs.map((log): CleaningPass[] => {
      for (const [, fact] of this.#journal.entries(passesFact(log))) {
        return [...(fact as { readonly passes: CleaningPass[] }).passes]
      }
      return []
    })
    this.#topics.set(name, { name, config, partitions: logs, passes })
  }

  deleteTopic(name: string): void {
    const topic = this.#topics.get(name)
    if (topic === undefined) return
    this.#topics.delete(name)
    for (const group of this.#groups.values()) group.offsets.forgetTopic(name)
    this.#journal.delete(`${TOPIC_FACTS}${name}`)
    for (const log of topic.partitions) {
      this.#journal.delete(passesFact(log))
      log.markDeleted()
    }
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** @throws LogError `UNKNOWN_TOPIC_OR_PARTITION` */
  partition(topic: string, partition: number): PartitionLog {
    const found = this.#topics.get(topic)?.partitions[partition]
    if (found !== undefined) return found
    throw new LogError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `There is no ${topic}-${partition}. Create the topic, or correct its name.`,
      {
        coordinates: { topic, partition },
      },
    )
  }

  produce(
    target: TopicPartition,
    records: RecordBatchBuilder,
    session: ProducerSession,
    sequence: number,
    transactionalId: string | undefined,
  ): number {
    const now = this.clock.now()
    if (now >= this.#nextCleaning) this.clean()
    const log = this.partition(target.topic, target.partition)
    if (transactionalId !== undefined) this.transactions.verify(transactionalId, session)
    const baseOffset = log.append(records, { ...session, sequence, transactional: transactionalId !== undefined }, now)
    if (transactionalId !== undefined) this.transactions.addPartition(transactionalId, session, log)
    return baseOffset
  }

  addOffsets(
    transactionalId: string,
    session: ProducerSession,
    group: GroupMetadata,
    offsets: readonly OffsetToCommit[],
  ): void {
    this.transactions.verify(transactionalId, session)
    const coordinator = this.group(group.groupId)
    if (group.memberId !== '' || group.generation >= 0) coordinator.verifyCommit(group)
    coordinator.offsets.hold(session.producerId, offsets)
    this.transactions.addGroup(transactionalId, session, coordinator.offsets)
  }

  group(groupId: string): GroupCoordinator {
    let group = this.#groups.get(groupId)
    if (group === undefined) {
      group = new GroupCoordinator(groupId, this.clock, this.#journal)
      this.#groups.set(groupId, group)
    }
    return group
  }

  /** @throws LogError `NON_EMPTY_GROUP` */
  deleteGroup(groupId: string): void {
    const group = this.#groups.get(groupId)
    if (group === undefined) return
    if (!group.empty) {
      throw new LogError('NON_EMPTY_GROUP', `Group '${groupId}' has members. Stop them, then delete it.`, {
        retriable: true,
      })
    }
    group.close()
    group.offsets.forgetAll()
    this.#groups.delete(groupId)
  }

  /** Retention and compaction of every partition, now. */
  clean(): void {
    const now = this.clock.now()
    this.#nextCleaning = now + this.#cleanEveryMs
    for (const { partitions, passes } of this.#topics.values()) {
      for (const log of partitions) {
        expire(log, now)
        const passed = passes[log.partition]
        if (compact(log, now, passed)) this.#journal.set(passesFact(log), { passes: passed })
      }
    }
  }

  close(): void {
    this.transactions.close()
    for (const group of this.#groups.values()) group.close()
  }
}

function passesFact({ topic, partition }: TopicPartition): string {
  return `${PASSES_FACTS}${topic}/${partition}/`
}
