/**
 * A member of a consumer group, by Kafka's classic protocol with our own bytes: JoinGroup, SyncGroup with each member's own
 * assignment, Heartbeat, LeaveGroup.
 *
 * Eager: before each rejoin the member gives everything up (`revokeAll`) and waits, sending heartbeats, until the worker has
 * committed and says so (`revoked`). One loop runs in the background and queues events. Its requests wait in the broker, so
 * it has a channel of its own.
 */

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
import { heartbeat, type JoinAnswer, joinGroup, leaveGroup, syncGroup } from './apis.ts'
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

export class Membership implements GroupMember {
  readonly #options: GroupMemberOptions
  readonly #clock: Clock
  readonly #channel: Channel
  readonly #offsetsChannel: Channel
  readonly #coordinator: Coordinator
  readonly #offsets: GroupOffsets
  readonly #events: GroupEvent[] = []
  #memberId = ''
  /** Undefined while not a member. Changes only when a rebalance has ended. */
  #generation: number | undefined
  #rebalancing = false
  /** Given to the worker and not yet given back. */
  #owns = false
  #revocation: (() => void) | undefined
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
    this.#owns = false
    this.#revocation?.()
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
      // Joining already, after everything was given up: not lost. While the worker still gives it up, it is.
      const joining = this.#rebalancing && this.#revocation === undefined
      if (isOutdatedMember(error) && joining) throw protocolError(ErrorCode.rebalanceInProgress, doing)
      throw error
    }
  }

  committed(partitions: readonly TopicPartition[], options?: { requireStable?: boolean }): Promise<CommittedOffset[]> {
    return this.#offsets.fetch(partitions, options?.requireStable)
  }

  async close(options: { leave?: boolean } = {}): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#revocation?.()
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

  get #instanceId(): string | null {
    return this.#options.instanceId ?? null
  }

  get #sessionTimeoutMs(): number {
    return this.#options.sessionTimeoutMs ?? 45_000
  }

  get #heartbeatIntervalMs(): number {
    return this.#options.heartbeatIntervalMs ?? 3000
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

  /** What an operator should know: a group of Java's Kafka Streams has to end first, and one that was stopped does. */
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
    this.#owns = false
    if (this.#generation === undefined) return
    this.#generation = undefined
    this.#emit({ type: 'lost' })
  }

  async #rebalance(): Promise<void> {
    this.#rebalancing = true
    this.#rejoinAsked = false
    await this.#revokeAll()
    if (this.#closed) return
    const joined = await this.#join()
    const groupAssignment = await this.#assignments(joined)
    const answer = await this.#channel.call(await this.#coordinator.find(), syncGroup, {
      groupId: this.#options.groupId,
      generationId: joined.generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#instanceId,
      groupAssignment,
    })
    this.#check(answer.errorCode, 'sync with group')
    this.#generation = joined.generationId
    this.#rebalancing = false
    this.#owns = true
    const assignment = new Uint8Array(answer.memberAssignment ?? [])
    this.#emit({ type: 'assigned', generation: joined.generationId, assignment })
  }

  /** Until the worker has given everything up. @throws LogError if the membership ends meanwhile. */
  async #revokeAll(): Promise<void> {
    if (!this.#owns) return
    const revoked = new Promise<void>((resolve) => {
      this.#revocation = resolve
    })
    this.#emit({ type: 'revokeAll' })
    await this.#alive(revoked, this.#generation ?? -1)
    this.#revocation = undefined
  }

  async #join(): Promise<JoinAnswer> {
    const { groupId, protocolName } = this.#options
    for (;;) {
      const metadata = asBuffer(this.#options.subscription())
      const answer = await this.#channel.call(await this.#coordinator.find(), joinGroup, {
        groupId,
        sessionTimeout: this.#sessionTimeoutMs,
        rebalanceTimeout: this.#rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId: this.#instanceId,
        protocolType: protocolTypeOf(metadata),
        groupProtocols: [{ name: protocolName, metadata }],
      })
      if (answer.memberId !== '') this.#memberId = answer.memberId
      if (answer.errorCode === ErrorCode.memberIdRequired) continue
      this.#check(answer.errorCode, 'join group')
      return answer
    }
  }

  /** On the leader, each member's bytes; on the others nothing. */
  async #assignments(joined: JoinAnswer): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    if (joined.leaderId !== this.#memberId) return []
    const members = joined.members.map(({ memberId, groupInstanceId, memberMetadata }) => ({
      memberId,
      instanceId: groupInstanceId ?? undefined,
      subscription: new Uint8Array(memberMetadata),
    }))
    const assigned = await this.#alive(this.#options.assign(members, joined.generationId), joined.generationId)
    return [...assigned].map(([memberId, bytes]) => ({ memberId, memberAssignment: asBuffer(bytes) }))
  }

  /** Heartbeats while the leader thinks or the worker commits: a session may be shorter than either. */
  async #alive<T>(waiting: Promise<T>, generation: number): Promise<T> {
    const done = new AbortController()
    const finished = waiting.finally(() => done.abort())
    const beat = async (): Promise<void> => {
      for (;;) {
        await this.#clock.sleep(this.#heartbeatIntervalMs, done.signal)
        if (done.signal.aborted) return
        // What is wrong with the membership, the request that follows will say.
        await this.#beat(generation).catch(() => this.#coordinator.forget())
      }
    }
    void beat()
    return finished
  }

  /** Until somebody asks for another rebalance. */
  async #heartbeats(): Promise<void> {
    while (!this.#closed && !this.#rejoinAsked) {
      await this.#sleep(this.#heartbeatIntervalMs)
      if (this.#closed || this.#rejoinAsked) return
      const code = await this.#beat(this.#generation ?? -1)
      if (code === ErrorCode.rebalanceInProgress) return
      if (coordinatorMoved(code) || isRetriable(code)) this.#coordinator.forget()
      else this.#check(code, 'send a heartbeat to group')
    }
  }

  async #beat(groupGenerationId: number): Promise<number> {
    const { groupId } = this.#options
    const parameters = { groupId, groupGenerationId, memberId: this.#memberId, groupInstanceId: this.#instanceId }
    return (await this.#channel.call(await this.#coordinator.find(), heartbeat, parameters)).errorCode
  }

  #check(code: number, doing: string): void {
    if (code !== ErrorCode.none) throw protocolError(code, `${doing} ${this.#options.groupId}`)
  }

  async #leave(): Promise<void> {
    const { groupId } = this.#options
    const doing = `leave group ${groupId}`
    const parameters = { groupId, memberId: this.#memberId, groupInstanceId: this.#instanceId }
    const call = { doing, errorOf: (answer: { errorCode: number }) => answer.errorCode, withinMs: LEAVE_TIMEOUT_MS }
    try {
      await this.#coordinator.call(this.#offsetsChannel, call, leaveGroup, parameters)
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

function isOtherProtocol(error: unknown): boolean {
  return error instanceof LogError && error.code === 'INCONSISTENT_GROUP_PROTOCOL'
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
