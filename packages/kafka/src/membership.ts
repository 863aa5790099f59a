/**
 * A member of a consumer group, by Kafka's classic protocol with our own bytes: JoinGroup, SyncGroup with each member's own
 * assignment, Heartbeat, LeaveGroup.
 *
 * Cooperative: the member keeps what it has while a rebalance runs; what it owns is the runtime's affair. One loop runs in
 * the background and queues events. Its requests wait in the broker, so it has a channel of its own.
 */

import { heartbeatV4, joinGroupV9, leaveGroupV5, syncGroupV5 } from '@platformatic/kafka'
import {
  type Clock,
  type CommittedOffset,
  type GroupEvent,
  type GroupMember,
  type GroupMemberOptions,
  type GroupMetadata,
  LogError,
  type OffsetToCommit,
  type TopicPartition,
} from 'millrace/log'
import { Channel, type ConnectionSettings } from './channel.ts'
import { Coordinator } from './coordinator.ts'
import { coordinatorMoved, ErrorCode, isRetriable, protocolError } from './errors.ts'
import { GroupOffsets, isOutdatedMember } from './group-offsets.ts'
import type { Metadata } from './metadata.ts'
import { protocolTypeOf } from './protocol-type.ts'

const BACKOFF_MS = 100
const OFFSETS_TIMEOUT_MS = 30_000
/** A join may be held for the rebalance time-out; only then is its answer late. */
const JOIN_MARGIN_MS = 10_000
const LEAVE_TIMEOUT_MS = 3000
/** How often it is asked whether the members of another protocol have gone, and how often that is said. */
const OTHER_PROTOCOL_BACKOFF_MS = 500
const SAY_WAITING_MS = 10_000

type JoinAnswer = Awaited<ReturnType<typeof joinGroupV9.api.async>>

export class Membership implements GroupMember {
  readonly #options: GroupMemberOptions
  readonly #clock: Clock
  readonly #channel: Channel
  readonly #offsetsChannel: Channel
  readonly #coordinator: Coordinator
  readonly #offsets: GroupOffsets
  readonly #events: GroupEvent[] = []
  #memberId = ''
  #protocolType = ''
  /** Undefined while not a member. Changes only when a rebalance has ended. */
  #generation: number | undefined
  #rebalancing = false
  #rejoinAsked = false
  #loop: Promise<void> | undefined
  #pause = new AbortController()
  #closed = false
  #saidWaitingMs: number | undefined

  constructor(settings: ConnectionSettings, metadata: Metadata, clock: Clock, options: GroupMemberOptions) {
    this.#options = options
    this.#clock = clock
    this.#channel = new Channel(settings, this.#rebalanceTimeoutMs + JOIN_MARGIN_MS)
    this.#offsetsChannel = new Channel(settings, OFFSETS_TIMEOUT_MS)
    this.#coordinator = new Coordinator(metadata, clock, 'group', options.groupId)
    this.#offsets = new GroupOffsets(options.groupId, this.#coordinator, this.#offsetsChannel, clock)
  }

  join(): void {
    this.#loop ??= this.#run()
  }

  nextEvent(): GroupEvent | undefined {
    return this.#events.shift()
  }

  rejoin(): void {
    this.#rejoinAsked = true
    this.#interrupt()
  }

  revoked(): void {
    // Answers `revokeAll`, which a cooperative member never emits.
  }

  metadata(): GroupMetadata | undefined {
    if (this.#generation === undefined) return undefined
    const { groupId, instanceId } = this.#options
    return { groupId, generation: this.#generation, memberId: this.#memberId, instanceId }
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const member = this.metadata()
    const doing = `commit offsets of group ${this.#options.groupId}`
    if (member === undefined) throw protocolError(ErrorCode.unknownMemberId, doing)
    try {
      await this.#offsets.commit(member, offsets)
    } catch (error) {
      // A commit that crossed the end of a rebalance is outdated, not lost: the new generation may commit it again.
      const crossed = this.#rebalancing || (this.#generation !== undefined && this.#generation !== member.generation)
      if (isOutdatedMember(error) && crossed) throw protocolError(ErrorCode.rebalanceInProgress, doing)
      throw error
    }
  }

  committed(partitions: readonly TopicPartition[], options?: { requireStable?: boolean }): Promise<CommittedOffset[]> {
    return this.#offsets.fetch(partitions, options?.requireStable ?? false)
  }

  async close(options: { leave?: boolean } = {}): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#interrupt()
    const leaving = (options.leave ?? true) && this.#memberId !== ''
    // A join held by the broker ends with its connection.
    await this.#channel.close()
    await this.#loop
    if (leaving) await this.#leave()
    this.#generation = undefined
    await this.#offsetsChannel.close()
  }

  get closed(): boolean {
    return this.#closed
  }

  get #sessionTimeoutMs(): number {
    return this.#options.sessionTimeoutMs ?? 45_000
  }

  get #rebalanceTimeoutMs(): number {
    return this.#options.rebalanceTimeoutMs ?? 300_000
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#rebalance()
        await this.#heartbeats()
      } catch (error) {
        if (this.#closed) return
        if (!this.#recover(error)) return
        await this.#sleep(isOtherProtocol(error) ? OTHER_PROTOCOL_BACKOFF_MS : BACKOFF_MS)
      }
    }
  }

  /** Decides what an error means for the membership; false ends it. */
  #recover(error: unknown): boolean {
    const code = error instanceof LogError ? error.code : ''
    if (code === 'REBALANCE_IN_PROGRESS') return true
    if (isOtherProtocol(error)) {
      this.#sayWaiting()
      return true
    }
    if (code === 'UNKNOWN_MEMBER_ID' || code === 'ILLEGAL_GENERATION') {
      if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
      this.#lose()
      return true
    }
    if (error instanceof LogError && error.retriable) {
      this.#coordinator.forget()
      return true
    }
    this.#generation = undefined
    this.#emit({ type: 'failed', error: error instanceof Error ? error : new Error(String(error)) })
    return false
  }

  /**
   * A Kafka Streams application of the same id leaves its membership behind when it closes: its session ends by itself. If it
   * runs on, the message tells the operator whom to stop.
   */
  #sayWaiting(): void {
    const now = this.#clock.monotonic()
    if (this.#saidWaitingMs !== undefined && now - this.#saidWaitingMs < SAY_WAITING_MS) return
    this.#saidWaitingMs = now
    const { groupId } = this.#options
    this.#options.onWaiting?.(
      `group ${groupId} still has a member of another protocol (INCONSISTENT_GROUP_PROTOCOL), such as a Kafka Streams ` +
        'application of this id. If that was stopped, its session ends within its session.timeout.ms; if it runs, stop it.',
    )
  }

  #lose(): void {
    if (this.#generation === undefined) return
    this.#generation = undefined
    this.#emit({ type: 'lost' })
  }

  async #rebalance(): Promise<void> {
    this.#rebalancing = true
    this.#rejoinAsked = false
    const joined = await this.#join()
    const assignments = await this.#assignments(joined)
    const answer = await this.#channel.call(
      await this.#coordinator.find(),
      syncGroupV5.api,
      this.#options.groupId,
      joined.generationId,
      this.#memberId,
      this.#options.instanceId ?? null,
      this.#protocolType,
      joined.protocolName,
      assignments,
    )
    this.#check(answer.errorCode, 'sync with group')
    this.#generation = joined.generationId
    this.#rebalancing = false
    this.#emit({ type: 'assigned', generation: joined.generationId, assignment: new Uint8Array(answer.assignment) })
  }

  async #join(): Promise<JoinAnswer> {
    const { groupId, instanceId, protocolName } = this.#options
    for (;;) {
      const metadata = asBuffer(this.#options.subscription())
      this.#protocolType = protocolTypeOf(metadata)
      const answer = await this.#channel.call(
        await this.#coordinator.find(),
        joinGroupV9.api,
        groupId,
        this.#sessionTimeoutMs,
        this.#rebalanceTimeoutMs,
        this.#memberId,
        instanceId ?? null,
        this.#protocolType,
        [{ name: protocolName, metadata }],
        null,
      )
      if (answer.memberId !== '') this.#memberId = answer.memberId
      if (answer.errorCode === ErrorCode.memberIdRequired) continue
      this.#check(answer.errorCode, 'join group')
      return answer
    }
  }

  /** On the leader, each member's bytes; on the others nothing. */
  async #assignments(joined: JoinAnswer): Promise<{ memberId: string; assignment: Buffer }[]> {
    if (joined.leader !== this.#memberId || joined.skipAssignment) return []
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      instanceId: groupInstanceId ?? undefined,
      subscription: new Uint8Array(metadata),
    }))
    const assigned = await this.#alive(this.#options.assign(members, joined.generationId), joined.generationId)
    return [...assigned].map(([memberId, bytes]) => ({ memberId, assignment: asBuffer(bytes) }))
  }

  /** Heartbeats while the leader thinks: a session may be shorter than an assignment that asks the log. */
  async #alive<T>(thinking: Promise<T>, generation: number): Promise<T> {
    const { groupId, instanceId, heartbeatIntervalMs = 3000 } = this.#options
    const done = new AbortController()
    const finished = thinking.finally(() => done.abort())
    const beat = async (): Promise<void> => {
      for (;;) {
        await this.#clock.sleep(heartbeatIntervalMs, done.signal)
        if (done.signal.aborted) return
        // What is wrong with the membership, the sync that follows will say.
        const broker = await this.#coordinator.find()
        await this.#channel.call(broker, heartbeatV4.api, groupId, generation, this.#memberId, instanceId ?? null)
      }
    }
    beat().catch(() => {})
    return finished
  }

  /** Until somebody asks for another rebalance. */
  async #heartbeats(): Promise<void> {
    const { groupId, instanceId, heartbeatIntervalMs = 3000 } = this.#options
    while (!this.#closed && !this.#rejoinAsked) {
      await this.#sleep(heartbeatIntervalMs)
      if (this.#closed || this.#rejoinAsked) return
      const answer = await this.#channel.call(
        await this.#coordinator.find(),
        heartbeatV4.api,
        groupId,
        this.#generation ?? -1,
        this.#memberId,
        instanceId ?? null,
      )
      if (
        coordinatorMoved(answer.errorCode) ||
        (isRetriable(answer.errorCode) && answer.errorCode !== ErrorCode.rebalanceInProgress)
      ) {
        this.#coordinator.forget()
        continue
      }
      if (answer.errorCode === ErrorCode.rebalanceInProgress) return
      this.#check(answer.errorCode, 'send a heartbeat to group')
    }
  }

  #check(code: number, doing: string): void {
    if (code !== ErrorCode.none) throw protocolError(code, `${doing} ${this.#options.groupId}`)
  }

  async #leave(): Promise<void> {
    const { groupId, instanceId } = this.#options
    const member = { memberId: this.#memberId, groupInstanceId: instanceId ?? null, reason: 'the member was closed' }
    const doing = `leave group ${groupId}`
    const call = { doing, errorOf: (answer: { errorCode: number }) => answer.errorCode, withinMs: LEAVE_TIMEOUT_MS }
    try {
      await this.#coordinator.call(this.#offsetsChannel, call, leaveGroupV5.api, groupId, [member])
    } catch {
      // Its session expires; nobody waits for more than that.
    }
  }

  #emit(event: GroupEvent): void {
    this.#events.push(event)
    this.#options.onEvent?.()
  }

  #sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.#pause.signal)
  }

  #interrupt(): void {
    this.#pause.abort()
    this.#pause = new AbortController()
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function isOtherProtocol(error: unknown): boolean {
  return error instanceof LogError && error.code === 'INCONSISTENT_GROUP_PROTOCOL'
}
