/**
 * A group's committed offsets: read and written at its coordinator, by members and by the administration alike. On a channel
 * of its own, since a join that waits would hold up a commit behind it.
 */

import { offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka'
import { type Clock, type CommittedOffset, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import { byTopic } from './by-topic.ts'
import type { Channel } from './channel.ts'
import type { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'

const UNSTABLE_BACKOFF_MS = 50

export interface CommittingMember {
  readonly generation: number
  readonly memberId: string
  readonly instanceId?: string | undefined
}

export class GroupOffsets {
  readonly #groupId: string
  readonly #coordinator: Coordinator
  readonly #channel: Channel
  readonly #clock: Clock

  constructor(groupId: string, coordinator: Coordinator, channel: Channel, clock: Clock) {
    this.#groupId = groupId
    this.#coordinator = coordinator
    this.#channel = channel
    this.#clock = clock
  }

  /** @throws LogError with the first partition's error, by Kafka's names. */
  async commit(member: CommittingMember, offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return
    const doing = `commit offsets of group ${this.#groupId}`
    const answer = await this.#coordinator.call(
      this.#channel,
      { doing, errorOf: (response) => response.topics[0]?.partitions[0]?.errorCode ?? 0 },
      offsetCommitV8.api,
      this.#groupId,
      member.generation,
      member.memberId,
      member.instanceId ?? null,
      byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata,
      })),
    )
    for (const { name: topic, partitions } of answer.topics) {
      for (const { partitionIndex: partition, errorCode } of partitions) {
        if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
      }
    }
  }

  /** One entry a partition asked for, -1 where nothing is committed; without partitions all that is committed. */
  async fetch(partitions: readonly TopicPartition[] | null, requireStable: boolean): Promise<CommittedOffset[]> {
    if (partitions?.length === 0) return []
    const doing = `read the committed offsets of group ${this.#groupId}`
    const topics =
      partitions?.length === undefined
        ? null
        : byTopic(partitions, ({ partition }) => partition).map(({ name, partitions: partitionIndexes }) => ({
            name,
            partitionIndexes,
          }))
    for (;;) {
      const answer = await this.#coordinator.call(
        this.#channel,
        { doing, errorOf: (response) => response.groups[0].errorCode },
        offsetFetchV8.api,
        [{ groupId: this.#groupId, memberEpoch: -1, topics }],
        requireStable,
      )
      const [group] = answer.groups
      if (group.errorCode !== ErrorCode.none) throw protocolError(group.errorCode, doing)
      const found: CommittedOffset[] = []
      let unstable = false
      for (const { name: topic, partitions: answers } of group.topics) {
        for (const { partitionIndex: partition, committedOffset, metadata, errorCode } of answers) {
          if (errorCode === ErrorCode.unstableOffsetCommit) unstable = true
          else if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
          found.push({ topic, partition, offset: Number(committedOffset), metadata: metadata ?? '' })
        }
      }
      if (!unstable) return partitions === null ? found.filter(({ offset }) => offset >= 0) : inOrder(partitions, found)
      await this.#clock.sleep(UNSTABLE_BACKOFF_MS)
    }
  }
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
