/**
 * A group's committed offsets: read and written at its coordinator, by members and by the administration alike. On a channel
 * of its own, since a join that waits would hold up a commit behind it.
 */

import { type Clock, type CommittedOffset, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import { offsetCommit, type WireOffset } from './apis.ts'
import { byTopic } from './by-topic.ts'
import type { Channel } from './channel.ts'
import type { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'
import { type OffsetFetchAnswer, offsetFetchRequest } from './flexible-requests.ts'

const UNSTABLE_BACKOFF_MS = 50

export interface CommittingMember {
  readonly generation: number
  readonly memberId: string
}

export class GroupOffsets {
  readonly #groupId: string
  readonly #coordinator: Coordinator
  readonly #channel: Channel
  readonly #clock: Clock

  constructor(groupId: string, coordinator: Coordinator, channel: Channel, clock: Clock) {
    this.#clock = clock
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
  async fetch(partitions: readonly TopicPartition[] | null, requireStable = false): Promise<CommittedOffset[]> {
    if (partitions?.length === 0) return []
    const doing = `read the committed offsets of group ${this.#groupId}`
    const call = { doing, errorOf: ({ errorCode }: OffsetFetchAnswer) => errorCode }
    for (;;) {
      const request = offsetFetchRequest(this.#groupId, partitions, requireStable)
      const answer = await this.#coordinator.raw(this.#channel, call, request)
      if (answer.errorCode !== ErrorCode.none) throw protocolError(answer.errorCode, doing)
      const found: CommittedOffset[] = []
      let unstable = false
      for (const { topic, partition, offset, metadata, errorCode } of answer.offsets) {
        if (errorCode === ErrorCode.unstableOffsetCommit) unstable = true
        else if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
        found.push({ topic, partition, offset, metadata })
      }
      if (!unstable) return partitions === null ? found.filter(({ offset }) => offset >= 0) : inOrder(partitions, found)
      await this.#clock.sleep(UNSTABLE_BACKOFF_MS)
    }
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
