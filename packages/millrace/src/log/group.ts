/**
 * Membership in a consumer group, with our own bytes: each member's subscription goes in, the leader's `assign` makes
 * each member's assignment. What the bytes mean is the runtime's affair; to the adapter they are opaque.
 *
 * Heartbeats and rebalances run in the background; what happens is queued as events that the worker takes between
 * batches, so that a task is never interrupted. A member keeps what it has until the worker says otherwise (cooperative);
 * an adapter without that capability emits `revokeAll` before each rejoin and waits for `revoked()`.
 */

import type { TopicPartition } from './log.ts'

export interface GroupMemberOptions {
  readonly groupId: string
  /** Static membership: a restart within the session time-out keeps its place. */
  readonly instanceId?: string
  /** Default 45,000. */
  readonly sessionTimeoutMs?: number
  /** Default 3,000. */
  readonly heartbeatIntervalMs?: number
  /** How long a rebalance waits for this member to rejoin. Default 300,000. */
  readonly rebalanceTimeoutMs?: number
  /** Embedded protocol name all members share, e.g. `stream`. */
  readonly protocolName: string
  /** Fresh subscription bytes for each join. */
  subscription(): Uint8Array
  /** Runs on the elected leader: an assignment for each member. May ask the log (partition counts, offsets). */
  assign(members: readonly GroupSubscription[], generation: number): Promise<ReadonlyMap<string, Uint8Array>>
  /** Called (in a macrotask of the adapter's) when an event was queued, so that a sleeping worker can wake. */
  onEvent?(): void
  /** Called with the reason when it cannot join yet and tries on: first at once, then every 10 s. */
  onWaiting?(reason: string): void
}

export interface GroupSubscription {
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly subscription: Uint8Array
}

export interface GroupMetadata {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId?: string | undefined
}

export type GroupEvent =
  /** A rebalance ended: this member's bytes. */
  | { readonly type: 'assigned'; readonly generation: number; readonly assignment: Uint8Array }
  /** Eager adapters only: give everything up, commit, then call `revoked()`. */
  | { readonly type: 'revokeAll' }
  /** Membership is gone (session expired, fenced): nothing may be committed any more; the member rejoins by itself. */
  | { readonly type: 'lost' }
  /** Fatal, e.g. a static member with the same instance id fenced this one. */
  | { readonly type: 'failed'; readonly error: Error }

export interface OffsetToCommit extends TopicPartition {
  /** The next offset to be processed. */
  readonly offset: number
  readonly leaderEpoch?: number
  /** Opaque text kept beside the offset; Kafka Streams' partition time travels here. */
  readonly metadata: string
}

export interface CommittedOffset extends TopicPartition {
  /** -1 if nothing was ever committed. */
  readonly offset: number
  readonly metadata: string
}

export interface GroupMember {
  /** Joins, and keeps a place until `leave` or `close`. */
  join(): void
  /** The oldest event not yet taken. Synchronous: the worker asks between batches. */
  nextEvent(): GroupEvent | undefined
  /** Asks for a new rebalance (after a cooperative revocation, or when the subscription changed). */
  rejoin(): void
  /** Answers `revokeAll`. */
  revoked(): void
  /** Current generation; undefined while not a member. */
  metadata(): GroupMetadata | undefined
  /**
   * Commits offsets as this member and generation.
   * @throws LogError `REBALANCE_IN_PROGRESS` (retriable: take events, then try again), `ILLEGAL_GENERATION`,
   * `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`: the partitions are no longer ours.
   */
  commit(offsets: readonly OffsetToCommit[]): Promise<void>
  /** The group's committed offsets. With `requireStable`, waits until no transaction holds some of them undecided. */
  committed(partitions: readonly TopicPartition[], options?: { requireStable?: boolean }): Promise<CommittedOffset[]>
  /** Stops heartbeats; `leave: false` keeps the place until the session expires. */
  close(options?: { leave?: boolean }): Promise<void>
}
