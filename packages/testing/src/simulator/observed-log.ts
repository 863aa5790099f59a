/**
 * A log handle that reports whose offsets were taken, for the invariant of one owner a task and generation.
 */

import type { GroupMember, Log, Producer } from 'millrace/log'
import type { Ownership } from './ownership.ts'
import { wrapLog } from './wrap-log.ts'

export function observed(log: Log, ownership: Ownership): Log {
  return wrapLog(log, {
    producer(producer: Producer): Partial<Producer> {
      return {
        async sendOffsets(group, offsets) {
          await producer.sendOffsets(group, offsets)
          ownership.committed(group, offsets)
        },
      }
    },
    member(member: GroupMember): Partial<GroupMember> {
      return {
        async commit(offsets) {
          const group = member.metadata()
          await member.commit(offsets)
          if (group !== undefined) ownership.committed(group, offsets)
        },
      }
    },
  })
}
