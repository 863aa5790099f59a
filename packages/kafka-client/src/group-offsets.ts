/**
 * A group's committed offsets: read and written at its coordinator, by members and by the administration alike. On a channel
 * of its own, since a join that waits would hold up a commit behind it.
 */

import {
  type CommittedOffset,
  type GroupMetadata,
  LogError,
  type OffsetToCommit,
  type TopicPartition,
} from 'millrace/log'
import type { Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import type { Coordinator } from './coordinator.ts'
import { ErrorCode } from './errors.ts'

const UNSTABLE_BACKOFF_MS = 50

export class GroupOffsets {
  readonly #cluster: Cluster
  readonly #groupId: string
  readonly #coordinator: Coordinator
  readonly #channel: Channel

  constructor(cluster: Cluster, groupId: string, coordinator: Coordinator, channel: Channel) {
    this.#cluster = cluster
    this.#groupId = groupId
    this.#coordinator = coordinator
    this.#channel = channel
  }

  /** @throws LogError with the first partition's error, by Kafka's names. */
  async commit(member: GroupMetadata, offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return
    const { requests, protocolError } = this.#cluster.client
    const doing = `commit offsets of group ${this.#groupId}`
    const answer = await this.#coordinator.call(
      this.#channel,
      { doing, errorOf: ([first]) => first?.errorCode ?? ErrorCode.none },
      requests.offsetCommit({ member, offsets }),
    )
    for (const { topic, partition, errorCode } of answer) {
      if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
    }
  }

  /** One entry a partition asked for, -1 where nothing is committed; without partitions all that is committed. */
  async fetch(partitions: readonly TopicPartition[] | null, requireStable: boolean): Promise<CommittedOffset[]> {
    if (partitions?.length === 0) return []
    const { requests, protocolError } = this.#cluster.client
    const doing = `read the committed offsets of group ${this.#groupId}`
    const request = requests.offsetFetch({ groupId: this.#groupId, partitions, requireStable })
    for (;;) {
      const answer = await this.#coordinator.call(
        this.#channel,
        { doing, errorOf: ({ errorCode }) => errorCode },
        request,
      )
      if (answer.errorCode !== ErrorCode.none) throw protocolError(answer.errorCode, doing)
      const found: CommittedOffset[] = []
      let unstable = false
      for (const { topic, partition, offset, metadata, errorCode } of answer.offsets) {
        if (errorCode === ErrorCode.unstableOffsetCommit) unstable = true
        else if (errorCode !== ErrorCode.none) throw protocolError(errorCode, doing, { topic, partition })
        found.push({ topic, partition, offset, metadata })
      }
      if (!unstable) return partitions === null ? found.filter(({ offset }) => offset >= 0) : inOrder(partitions, found)
      await this.#cluster.clock.sleep(UNSTABLE_BACKOFF_MS)
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
