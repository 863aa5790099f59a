/**
 * A member of a consumer group, by Kafka's classic protocol with our own bytes: JoinGroup, SyncGroup with each member's own
 * assignment, Heartbeat, LeaveGroup.
 *
 * Cooperative: the member keeps what it has while a rebalance runs; what it owns is the runtime's affair. Eager: before each
 * rejoin it gives everything up (`revokeAll`) and waits, sending heartbeats, until the worker has committed and says so
 * (`revoked`). One loop runs in the background and queues events. Its requests wait in the broker, so it has a channel of
 * its own.
 */

import {
  type CommittedOffset,
  type GroupEvent,
  type GroupMember,
  type GroupMemberOptions,
  type GroupMetadata,
  LogError,
  type OffsetToCommit,
  type TopicPartition,
} from 'millrace/log'
import type { Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { coordinatorMoved, ErrorCode, isRetriable } from './errors.ts'
import { GroupOffsets, isOutdatedMember } from './group-offsets.ts'
import type { JoinedGroup } from './group-requests.ts'
import { protocolTypeOf } from './protocol-type.ts'
import type { Coded } from './requests.ts'

const BACKOFF_MS = 100
const OFFSETS_TIMEOUT_MS = 30_000
/** A join may be held for the rebalance time-out; only then is its answer late. */
const JOIN_MARGIN_MS = 10_000
/**
 * Cooperative rebalances come in pairs: a partition that moves is given up after the first, and silent until all have joined
 * the second, which they learn by their heartbeats. For so long after a rebalance they are sent so often.
 */
const SETTLING_MS = 10_000
const SETTLING_HEARTBEAT_MS = 250
const LEAVE_TIMEOUT_MS = 3000
/** How often it is asked whether the members of another protocol have gone, and how often that is said. */
const OTHER_PROTOCOL_BACKOFF_MS = 500
const SAY_WAITING_MS = 10_000

export class Membership implements GroupMember {
  readonly #cluster: Cluster
  readonly #options: GroupMemberOptions
  readonly #cooperative: boolean
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
  /** Of an eager member: given to the worker and not yet given back. */
  #owns = false
  /** While an eager member waits for it to be given back. */
  #revocation: (() => void) | undefined
  #rejoinAsked = false
  #loop: Promise<void> | undefined
  #pause = new AbortController()
  #closed = false
  #saidWaitingMs: number | undefined

  /** @param cooperative whether it keeps what it has while a rebalance runs. */
  constructor(cluster: Cluster, options: GroupMemberOptions, cooperative: boolean) {
    this.#cluster = cluster
    this.#options = options
    this.#cooperative = cooperative
    this.#channel = cluster.client.openChannel(this.#rebalanceTimeoutMs + JOIN_MARGIN_MS)
    this.#offsetsChannel = cluster.client.openChannel(OFFSETS_TIMEOUT_MS)
    this.#coordinator = new Coordinator(cluster, 'group', options.groupId)
    this.#offsets = new GroupOffsets(cluster, options.groupId, this.#coordinator, this.#offsetsChannel)
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
    return this.#generation === undefined ? undefined : this.#place(this.#generation)
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const member = this.metadata()
    const { protocolError } = this.#cluster.client
    const doing = `commit offsets of group ${this.#options.groupId}`
    if (member === undefined) throw protocolError(ErrorCode.unknownMemberId, doing)
    try {
      await this.#offsets.commit(member, offsets)
    } catch (error) {
      if (isOutdatedMember(error) && this.#crossedRebalance(member)) {
        throw protocolError(ErrorCode.rebalanceInProgress, doing)
      }
      throw error
    }
  }

  /** Whether offsets that were refused are outdated only, not lost. */
  #crossedRebalance({ generation }: GroupMetadata): boolean {
    // The new generation of a cooperative member has what it had, so it may commit them again.
    if (this.#cooperative)
      return this.#rebalancing || (this.#generation !== undefined && this.#generation !== generation)
    // An eager one may say so while it joins, for all was given up before. While the worker still gives it up, it is lost.
    return this.#rebalancing && this.#revocation === undefined
  }

  committed(partitions: readonly TopicPartition[], options?: { requireStable?: boolean }): Promise<CommittedOffset[]> {
    return this.#offsets.fetch(partitions, options?.requireStable ?? false)
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

  get #heartbeatIntervalMs(): number {
    return this.#options.heartbeatIntervalMs ?? 3000
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
    const now = this.#cluster.clock.monotonic()
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
    if (this.#owns) await this.#revokeAll()
    if (this.#closed) return
    const joined = await this.#join()
    const { generation } = joined
    const assignments = await this.#assignments(joined)
    const request = this.#cluster.client.requests.syncGroup({
      member: this.#place(generation),
      protocolType: this.#protocolType,
      protocolName: joined.protocolName,
      assignments,
    })
    const answer = await this.#channel.call(await this.#coordinator.find(), request)
    this.#check(answer.errorCode, 'sync with group')
    this.#generation = generation
    this.#rebalancing = false
    this.#owns = !this.#cooperative
    this.#emit({ type: 'assigned', generation, assignment: new Uint8Array(answer.assignment) })
  }

  /** Until the worker has given everything up. */
  async #revokeAll(): Promise<void> {
    const revoked = new Promise<void>((resolve) => {
      this.#revocation = resolve
    })
    this.#emit({ type: 'revokeAll' })
    await this.#alive(revoked, this.#generation ?? -1)
    this.#revocation = undefined
  }

  async #join(): Promise<JoinedGroup> {
    const { groupId, instanceId, protocolName } = this.#options
    for (;;) {
      const subscription = asBuffer(this.#options.subscription())
      this.#protocolType = protocolTypeOf(subscription)
      const broker = await this.#coordinator.find()
      const request = this.#cluster.client.requests.joinGroup({
        groupId,
        sessionTimeoutMs: this.#sessionTimeoutMs,
        rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
        memberId: this.#memberId,
        instanceId,
        protocolType: this.#protocolType,
        protocolName,
        subscription,
      })
      const answer = await this.#channel.call(broker, request)
      if (answer.memberId !== '') this.#memberId = answer.memberId
      if (answer.errorCode === ErrorCode.memberIdRequired) continue
      this.#check(answer.errorCode, 'join group')
      return answer
    }
  }

  /** On the leader, each member's bytes; on the others nothing. */
  async #assignments(joined: JoinedGroup): Promise<{ memberId: string; assignment: Buffer }[]> {
    if (joined.leaderId !== this.#memberId || joined.skipAssignment) return []
    const members = joined.members.map(({ memberId, instanceId, subscription }) => ({
      memberId,
      instanceId,
      subscription: new Uint8Array(subscription),
    }))
    const assigned = await this.#alive(this.#options.assign(members, joined.generation), joined.generation)
    return [...assigned].map(([memberId, bytes]) => ({ memberId, assignment: asBuffer(bytes) }))
  }

  /** Heartbeats while the leader thinks or the worker commits: a session may be shorter than either. */
  async #alive<T>(waiting: Promise<T>, generation: number): Promise<T> {
    const done = new AbortController()
    const finished = waiting.finally(() => done.abort())
    const beat = async (): Promise<void> => {
      for (;;) {
        await this.#cluster.clock.sleep(this.#heartbeatIntervalMs, done.signal)
        if (done.signal.aborted) return
        // What is wrong with the membership, the request that follows will say.
        const code = await this.#beat(generation).catch(() => ErrorCode.notCoordinator)
        if (coordinatorMoved(code)) this.#coordinator.forget()
      }
    }
    void beat()
    return finished
  }

  /** Until somebody asks for another rebalance. */
  async #heartbeats(): Promise<void> {
    const { clock } = this.#cluster
    const settled = clock.monotonic() + (this.#cooperative ? SETTLING_MS : 0)
    while (!this.#closed && !this.#rejoinAsked) {
      const intervalMs = this.#heartbeatIntervalMs
      await this.#sleep(clock.monotonic() < settled ? Math.min(intervalMs, SETTLING_HEARTBEAT_MS) : intervalMs)
      if (this.#closed || this.#rejoinAsked) return
      const code = await this.#beat(this.#generation ?? -1)
      if (code === ErrorCode.rebalanceInProgress) return
      if (coordinatorMoved(code) || isRetriable(code)) this.#coordinator.forget()
      else this.#check(code, 'send a heartbeat to group')
    }
  }

  async #beat(generation: number): Promise<number> {
    const broker = await this.#coordinator.find()
    const request = this.#cluster.client.requests.heartbeat(this.#place(generation))
    return (await this.#channel.call(broker, request)).errorCode
  }

  #place(generation: number): GroupMetadata {
    const { groupId, instanceId } = this.#options
    return { groupId, generation, memberId: this.#memberId, instanceId }
  }

  #check(code: number, doing: string): void {
    if (code !== ErrorCode.none) throw this.#cluster.client.protocolError(code, `${doing} ${this.#options.groupId}`)
  }

  async #leave(): Promise<void> {
    const { groupId, instanceId } = this.#options
    const reason = 'the member was closed'
    const request = this.#cluster.client.requests.leaveGroup({ groupId, memberId: this.#memberId, instanceId, reason })
    const doing = `leave group ${groupId}`
    const call = { doing, errorOf: (answer: Coded) => answer.errorCode, withinMs: LEAVE_TIMEOUT_MS }
    try {
      await this.#coordinator.call(this.#offsetsChannel, call, request)
    } catch {
      // Its session expires; nobody waits for more than that.
    }
  }

  #emit(event: GroupEvent): void {
    this.#events.push(event)
    this.#options.onEvent?.()
  }

  #sleep(ms: number): Promise<void> {
    return this.#cluster.clock.sleep(ms, this.#pause.signal)
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
