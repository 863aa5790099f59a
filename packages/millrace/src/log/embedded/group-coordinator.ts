/**
 * One consumer group, Kafka's classic protocol: join, sync, heartbeat, leave; generations; one member leads.
 *
 * empty → preparing (waiting for every member to join, at most the rebalance time-out) → completing (waiting for the
 * leader's assignment) → stable. Any change of membership leads back to preparing. Members keep their generation, and may
 * commit, until the next one has formed. In-process members are also told of a rebalance at once (`notify`), so that
 * nobody waits for a heartbeat; an expired session is found by the clock, while somebody listens.
 */

import type { Clock, Timer } from '../../record/clock.ts'
import { LogError } from '../../record/errors.ts'
import type { GroupSubscription } from '../group.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { Journal } from './journal.ts'

export interface JoinRequest {
  readonly memberId: string
  readonly instanceId: string | undefined
  /** The member's last generation; -1 if it was never in the group. */
  readonly generation: number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolName: string
  readonly subscription: Uint8Array
  /** A rebalance has begun: the member should join again. */
  notify(): void
}

export interface JoinAnswer {
  readonly generation: number
  readonly leader: boolean
  /** For the leader: everybody's subscription. */
  readonly members: readonly GroupSubscription[]
}

export interface MemberIdentity {
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly generation: number
}

interface Answer<T> {
  resolve(value: T): void
  reject(error: Error): void
}

interface Member {
  request: JoinRequest
  deadline: number
  assignment: Uint8Array
  join: Answer<JoinAnswer> | undefined
  sync: Answer<Uint8Array> | undefined
  /** False once its client closed without leaving: nobody needs a timer for it. */
  attached: boolean
}

const nothing = new Uint8Array(0)

export class GroupCoordinator {
  readonly groupId: string
  readonly offsets: GroupOffsets
  readonly #clock: Clock
  readonly #members: Map<string, Member> = new Map()
  #state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty'
  #generation = 0
  #leader = ''
  #protocolName = ''
  #expiryTimer: Timer | undefined
  #expiryAt = 0
  #rebalanceTimer: Timer | undefined

  constructor(groupId: string, clock: Clock, journal: Journal) {
    this.groupId = groupId
    this.offsets = new GroupOffsets(groupId, journal)
    this.#clock = clock
  }

  get empty(): boolean {
    this.#expire()
    return this.#members.size === 0
  }

  join(request: JoinRequest): Promise<JoinAnswer> {
    this.#expire()
    if (this.#members.size === 0) this.#protocolName = request.protocolName
    else if (this.#protocolName !== request.protocolName) {
      throw this.#error(
        'INCONSISTENT_GROUP_PROTOCOL',
        `all its members speak '${this.#protocolName}', not '${request.protocolName}'`,
      )
    }
    const { memberId, instanceId } = request
    let member = this.#members.get(memberId)
    if (member === undefined && request.generation >= 0) this.#unknown(memberId, instanceId)
    const before = instanceId === undefined || member !== undefined ? undefined : this.#byInstance(instanceId)
    if (member === undefined) {
      member = { request, deadline: 0, assignment: nothing, join: undefined, sync: undefined, attached: true }
      if (before !== undefined && this.#takeOver(before, member)) {
        return Promise.resolve({ generation: this.#generation, leader: false, members: [] })
      }
      this.#members.set(memberId, member)
    }
    member.request = request
    const joined = new Promise<JoinAnswer>((resolve, reject) => {
      member.join?.reject(this.#error('REBALANCE_IN_PROGRESS', 'this member joined once more', true))
      member.join = { resolve, reject }
    })
    this.#prepare()
    this.#completeJoin()
    return joined
  }

  #byInstance(instanceId: string): Member | undefined {
    for (const member of this.#members.values()) if (member.request.instanceId === instanceId) return member
    return undefined
  }

  /**
   * A static member has come back under a new id: true if it keeps its assignment without a rebalance, as in Kafka, whatever
   * its new subscription says.
   */
  #takeOver(old: Member, fresh: Member): boolean {
    const oldId = old.request.memberId
    const freshId = fresh.request.memberId
    this.#members.delete(oldId)
    const fenced = this.#error(
      'FENCED_INSTANCE_ID',
      `another member took the instance id '${fresh.request.instanceId}'`,
      false,
      true,
    )
    old.join?.reject(fenced)
    old.sync?.reject(fenced)
    this.#members.set(freshId, fresh)
    if (this.#leader === oldId) this.#leader = freshId
    if (this.#state !== 'stable') return false
    fresh.assignment = old.assignment
    this.#touch(fresh)
    return true
  }

  /** @param assignments the leader's; others give none */
  sync(identity: MemberIdentity, assignments: ReadonlyMap<string, Uint8Array> | undefined): Promise<Uint8Array> {
    const member = this.#verified(identity)
    if (this.#state === 'preparing') throw this.#rebalancing()
    if (this.#state === 'stable') return Promise.resolve(member.assignment)
    const synced = new Promise<Uint8Array>((resolve, reject) => {
      member.sync = { resolve, reject }
    })
    if (identity.memberId === this.#leader && assignments !== undefined) {
      for (const [memberId, other] of this.#members) other.assignment = assignments.get(memberId) ?? nothing
      this.#state = 'stable'
      for (const other of this.#members.values()) {
        other.sync?.resolve(other.assignment)
        other.sync = undefined
        this.#touch(other)
      }
    }
    return synced
  }

  /** @throws LogError `REBALANCE_IN_PROGRESS` when the member should join again, and those of `verify` */
  heartbeat(identity: MemberIdentity): void {
    this.#touch(this.#verified(identity))
    if (this.#state === 'preparing') throw this.#rebalancing()
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member !== undefined) this.#remove(member)
  }

  /** A member's client is gone and did not leave: its place stays until the session expires. */
  detach(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    member.attached = false
    member.join = undefined
    this.#schedule()
  }

  /**
   * Whether offsets may be committed under this identity.
   * @throws LogError `UNKNOWN_MEMBER_ID`, `ILLEGAL_GENERATION`, `FENCED_INSTANCE_ID`, `REBALANCE_IN_PROGRESS`
   */
  verifyCommit(identity: MemberIdentity): void {
    this.#touch(this.#verified(identity))
    if (this.#state === 'completing') throw this.#rebalancing()
  }

  #verified({ memberId, instanceId, generation }: MemberIdentity): Member {
    this.#expire()
    const member = this.#members.get(memberId)
    if (member === undefined) return this.#unknown(memberId, instanceId)
    if (generation !== this.#generation) {
      throw this.#error(
        'ILLEGAL_GENERATION',
        `generation ${generation} is over, ${this.#generation} is current. Join again`,
      )
    }
    return member
  }

  #unknown(memberId: string, instanceId: string | undefined): never {
    if (instanceId !== undefined && this.#byInstance(instanceId) !== undefined) {
      throw this.#error('FENCED_INSTANCE_ID', `another member took the instance id '${instanceId}'`, false, true)
    }
    throw this.#error('UNKNOWN_MEMBER_ID', `'${memberId}' is no member; its session expired or it left. Join again`)
  }

  #prepare(): void {
    if (this.#state === 'preparing') return
    for (const member of this.#members.values()) {
      member.sync?.reject(this.#rebalancing())
      member.sync = undefined
    }
    this.#state = 'preparing'
    let longest = 0
    for (const { request, join } of this.#members.values()) {
      longest = Math.max(longest, request.rebalanceTimeoutMs)
      if (join === undefined) request.notify()
    }
    this.#rebalanceTimer?.cancel()
    this.#rebalanceTimer = this.#clock.setTimer(longest, () => {
      for (const member of this.#members.values()) {
        if (member.join === undefined) this.#members.delete(member.request.memberId)
      }
      this.#completeJoin()
    })
  }

  #completeJoin(): void {
    if (this.#state !== 'preparing') return
    for (const { join } of this.#members.values()) {
      if (join !== undefined) continue
      this.#schedule()
      return
    }
    this.#rebalanceTimer?.cancel()
    this.#rebalanceTimer = undefined
    this.#generation++
    if (this.#members.size === 0) {
      this.#state = 'empty'
      this.#schedule()
      return
    }
    if (!this.#members.has(this.#leader)) this.#leader = this.#members.keys().next().value as string
    this.#state = 'completing'
    const everybody = [...this.#members.values()].map(({ request }) => ({
      memberId: request.memberId,
      instanceId: request.instanceId,
      subscription: request.subscription,
    }))
    for (const [memberId, member] of this.#members) {
      const leader = memberId === this.#leader
      member.join?.resolve({ generation: this.#generation, leader, members: leader ? everybody : [] })
      member.join = undefined
      this.#touch(member)
    }
  }

  #remove(member: Member): void {
    this.#members.delete(member.request.memberId)
    const gone = this.#error('UNKNOWN_MEMBER_ID', 'this member left or its session expired')
    member.join?.reject(gone)
    member.sync?.reject(gone)
    this.#prepare()
    this.#completeJoin()
  }

  #touch(member: Member): void {
    member.deadline = this.#clock.now() + member.request.sessionTimeoutMs
    this.#schedule()
  }

  /** Members that wait for an answer are alive. */
  #expire(): void {
    const now = this.#clock.now()
    for (const member of [...this.#members.values()]) {
      if (
        member.deadline <= now &&
        member.join === undefined &&
        member.sync === undefined &&
        this.#members.has(member.request.memberId)
      ) {
        this.#remove(member)
      }
    }
  }

  /** One timer at the earliest deadline, as long as a member is there that would notice. */
  #schedule(): void {
    let earliest = Number.POSITIVE_INFINITY
    let listened = false
    for (const { deadline, attached, join, sync } of this.#members.values()) {
      if (attached) listened = true
      if (join === undefined && sync === undefined) earliest = Math.min(earliest, deadline)
    }
    if (!listened) earliest = Number.POSITIVE_INFINITY
    // Deadlines mostly move away: a timer that fires early looks again, so only an earlier one needs a new timer.
    if (this.#expiryTimer !== undefined && this.#expiryAt <= earliest && earliest < Number.POSITIVE_INFINITY) return
    this.#expiryTimer?.cancel()
    this.#expiryTimer = undefined
    if (earliest === Number.POSITIVE_INFINITY) return
    this.#expiryAt = earliest
    this.#expiryTimer = this.#clock.setTimer(Math.max(1, earliest - this.#clock.now()), () => {
      this.#expiryTimer = undefined
      this.#expire()
      this.#schedule()
    })
  }

  #rebalancing(): LogError {
    return this.#error('REBALANCE_IN_PROGRESS', 'a rebalance is running. Join again, then retry', true)
  }

  #error(code: string, what: string, retriable = false, fatal = false): LogError {
    return new LogError(code, `Group '${this.groupId}': ${what}.`, { retriable, fatal })
  }

  close(): void {
    this.#expiryTimer?.cancel()
    this.#rebalanceTimer?.cancel()
  }
}
