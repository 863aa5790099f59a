/**
 * What the leader gives a member: Kafka's ConsumerProtocolAssignment v1 (for Kafka's own tools) with the task names as its
 * user data.
 */

import type { TopicPartition } from '../../log/log.ts'
import { int16, int32, text } from './subscription.ts'

export interface Assignment {
  readonly active: readonly string[]
  /** A member asked for the end of the application: everybody ends. */
  readonly shutdown?: boolean | undefined
  /** To be kept warm: restored all along, never processed. */
  readonly standby: readonly string[]
  /** Those of `standby` that the group waits for: caught up, the member asks for a rebalance. */
  readonly warmup: readonly string[]
  /**
   * To be given back, which a rebalance asked for by this member tells the group. Said, not left to be found out: a static
   * member that was killed in between comes back to the same assignment, holds nothing, and must ask all the same.
   */
  readonly revoked: readonly string[]
}

export const NO_TASKS: Assignment = { active: [], standby: [], warmup: [], revoked: [] }

export function encodeAssignment(assignment: Assignment, partitions: readonly TopicPartition[]): Uint8Array {
  const byTopic = new Map<string, TopicPartition[]>()
  for (const partition of partitions) byTopic.set(partition.topic, [...(byTopic.get(partition.topic) ?? []), partition])
  const parts: Buffer[] = [int16(1), int32(byTopic.size)]
  for (const [topic, ofTopic] of byTopic) {
    parts.push(...text(topic), int32(ofTopic.length))
    for (const { partition } of ofTopic) parts.push(int32(partition))
  }
  const userData = Buffer.from(JSON.stringify({ v: 1, ...assignment }))
  parts.push(int32(userData.length), userData)
  return Buffer.concat(parts)
}

export function decodeAssignment(bytes: Uint8Array): Assignment {
  if (bytes.length === 0) return NO_TASKS
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 6
  for (let left = buffer.readInt32BE(2); left > 0; left--) {
    at += 2 + buffer.readInt16BE(at)
    at += 4 + 4 * buffer.readInt32BE(at)
  }
  const length = buffer.readInt32BE(at)
  const data = JSON.parse(buffer.toString('utf8', at + 4, at + 4 + length))
  const { active = [], standby = [], warmup = [], revoked = [], shutdown } = data
  return { active, standby, warmup, revoked, ...(shutdown === true ? { shutdown } : {}) }
}
