/**
 * A group's committed offsets: read and written at its coordinator, by members and by the administration alike. On a channel
 * of its own, since a join that waits would hold up a commit behind it.
 *
 * Without requireStable (OffsetFetch 7, beyond kafkajs): offsets of a transaction still open are not seen. A producer that
 * has initialised its transactional id has ended them before (exactly once v1).
 */

import { type CommittedOffset, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import { offsetCommit, offsetFetch, type WireOffset } from './apis.ts'
import { byTopic } from './by-topic.ts'
import type { Channel } from './channel.ts'
import type { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'

export interface CommittingMember {
  readonly generation: number
  readonly memberId: string
}

export class GroupOffsets {
  readonly #groupId: string
  readonly #coordinator: Coordinator
  readonly #channel: Channel

  constructor(groupId: string, coordinator: Coordinator, channel: Channel) {
    this.#groupId = groupId
    this.#coordinator = coordinator
    this.#channel = channel
  }

  /** @throws LogError with the first partition's error, by Kafka's names. */
  async commit(member: CommittingMember, offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return
    const doing = `commit offsets of group ${this.#groupId}`
    const answer = await this.#coordinator.call(
      this.#channel,
      { doing, errorOf: (response) => response.responses[0]?.partitions[0]?.errorCode ?? 0 },
      offsetCommit,
      {
        groupId: this.#groupId,
        groupGenerationId: member.generation,
        memberId: member.memberId,
        topics: byTopic(offsets, wireOffset),
      },
    )
    for (const { topic, partitions } of answer.responses) {
      for (const { partition, errorCode } of partitions) {
        if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
      }
    }
  }

  /** One entry a partition asked for, -1 where nothing is committed; without partitions all that is committed. */
  async fetch(partitions: readonly TopicPartition[] | null): Promise<CommittedOffset[]> {
    if (partitions?.length === 0) return []
    const doing = `read the committed offsets of group ${this.#groupId}`
    const answer = await this.#coordinator.call(
      this.#channel,
      { doing, errorOf: (response) => response.errorCode },
      offsetFetch,
      { groupId: this.#groupId, topics: byTopic(partitions ?? [], ({ partition }) => ({ partition })) },
    )
    if (answer.errorCode !== ErrorCode.none) throw protocolError(answer.errorCode, doing)
    const found: CommittedOffset[] = []
    for (const { topic, partitions: answers } of answer.responses) {
      for (const { partition, offset, metadata, errorCode } of answers) {
        if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
        found.push({ topic, partition, offset: Number(offset), metadata: metadata ?? '' })
      }
    }
    return partitions === null ? found.filter(({ offset }) => offset >= 0) : inOrder(partitions, found)
  }
}

/** Leader epochs are not in the versions kafkajs speaks. */
export function wireOffset({ partition, offset, metadata }: OffsetToCommit): WireOffset {
  return { partition, offset: String(offset), metadata }
}

function inOrder(partitions: readonly TopicPartition[], found: readonly CommittedOffset[]): CommittedOffset[] {
  const byKey = new Map(found.map((each) => [`${each.partition}:${each.topic}`, each]))
  return partitions.map(
    ({ topic, partition }) => byKey.get(`${partition}:${topic}`) ?? { topic, partition, offset: -1, metadata: '' },
  )
}

/** Whether a commit failed because the member's place in the group is not what it was. */
export function isOutdatedMember(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'ILLEGAL_GENERATION' || error.code === 'UNKNOWN_MEMBER_ID')
}
