/** Requests of and about consumer groups, by Kafka's classic protocol. See `requests.ts`. */

import type { CommittedOffset, GroupMetadata, OffsetToCommit, TopicPartition } from 'millrace/log'
import type { Request } from './channel.ts'
import type { Coded, PartitionCode } from './requests.ts'

export interface GroupRequests {
  joinGroup(of: JoinGroup): Request<JoinedGroup>
  syncGroup(of: SyncGroup): Request<Coded & { readonly assignment: Buffer }>
  heartbeat(of: GroupMetadata): Request<Coded>
  leaveGroup(of: {
    groupId: string
    memberId: string
    instanceId: string | undefined
    /** For the broker's log, where the version carries it. */
    reason: string
  }): Request<Coded>
  /** Static members and leader epochs only where the version carries them. */
  offsetCommit(of: { member: GroupMetadata; offsets: readonly OffsetToCommit[] }): Request<readonly PartitionCode[]>
  offsetFetch(of: {
    groupId: string
    /** No list: all that is committed. */
    partitions: readonly TopicPartition[] | null
    requireStable: boolean
  }): Request<FetchedOffsets>
  deleteGroups(groupIds: readonly string[]): Request<readonly Coded[]>
}

export interface JoinGroup {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Empty at first. */
  readonly memberId: string
  readonly instanceId: string | undefined
  readonly protocolType: string
  readonly protocolName: string
  readonly subscription: Buffer
}

export interface JoinedGroup extends Coded {
  readonly generation: number
  readonly memberId: string
  readonly leaderId: string
  readonly protocolName: string | null
  /** A static leader came back: the assignment of before holds. */
  readonly skipAssignment: boolean
  /** Only on the leader. */
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | undefined
    readonly subscription: Buffer
  }[]
}

export interface SyncGroup {
  readonly member: GroupMetadata
  readonly protocolType: string
  readonly protocolName: string | null
  /** Only from the leader. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface FetchedOffsets extends Coded {
  readonly offsets: readonly (CommittedOffset & Coded)[]
}
