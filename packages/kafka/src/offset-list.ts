/** Offsets to commit, as the requests of @platformatic/kafka have them. */

import type { OffsetToCommit } from 'millrace/log'
import { type InTopic, topicList } from './topic-lists.ts'

interface WireOffset {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string
}

export function offsetList(offsets: readonly OffsetToCommit[]): InTopic<WireOffset>[] {
  return topicList(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: leaderEpoch ?? -1,
    committedMetadata: metadata,
  }))
}
