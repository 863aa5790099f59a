/**
 * A member of a group on the embedded log: joins, lets the leader assign, heartbeats, and queues what happens as events.
 *
 * Cooperative: the member keeps what it has while a rebalance runs. Like a client of Kafka it learns of everything from
 * the answers to its own calls; being told of a rebalance only makes its next heartbeat come at once.
 */

import type { Timer } from '../../record/clock.ts'
import { LogError } from '../../record/errors.ts'
import type {
  CommittedOffset,
  GroupEvent,
  GroupMember,
  GroupMemberOptions,
  GroupMetadata,
  OffsetToCommit,
} from '../group.ts'
import type { TopicPartition } from '../log.ts'
import type { Broker } from './broker.ts'
import type { GroupCoordinator, JoinAnswer } from './group-coordinator.ts'
import type { LogCall, LogOperation, OpenParts, PortCalls } from './port-call.ts'

const RETRY_BACKOFF_MS = 50

export class EmbeddedMember implements GroupMember {
  readonly #broker: Broker
  readonly #calls: PortCalls
  readonly #open: OpenParts
  readonly #options: GroupMemberOptions
  readonly #events: GroupEvent[] = []
  #memberId = ''
  #generation = -1
  #heartbeatTimer: Timer | undefined
  #joining = false
  #rejoinWanted = false
  #assigned = false
  #closed = false
  #failed = false

  constructor(broker: Broker, calls: PortCalls, options: GroupMemberOptions, open: OpenParts) {
    this.#open = open
    open.add(this)
    this.#broker = broker
    this.#calls = calls
    this.#options = options
  }

  get #group(): GroupCoordinator {
    return this.#broker.group(this.#options.groupId)
  }

  join(): void {
    if (this.#memberId === '') this.#startJoin()
  }

  rejoin(): void {
    if (this.#joining) this.#rejoinWanted = true
    else this.#startJoin()
  }

  /** Never needed here: this log is cooperative and gives no `revokeAll`. */
  revoked(): void {}

  nextEvent(): GroupEvent | undefined {
    return this.#events.shift()
  }

  metadata(): GroupMetadata | undefined {
    if (this.#generation < 0) return undefined
    const { groupId, instanceId } = this.#options
    return { groupId, generation: this.#generation, memberId: this.#memberId, instanceId }
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const metadata = this.metadata()
    if (metadata === undefined) {
      throw new LogError(
        'UNKNOWN_MEMBER_ID',
        `Not a member of '${this.#options.groupId}' (any more): its partitions are no longer ours.`,
      )
    }
    await this.#calls.run(this.#call('commitOffsets'), () => {
      const group = this.#group
      group.verifyCommit(metadata)
      group.offsets.commit(offsets)
    })
  }

  async committed(
    partitions: readonly TopicPartition[],
    options: { requireStable?: boolean } = {},
  ): Promise<CommittedOffset[]> {
    for (;;) {
      if (this.#closed) throw new LogError('CLOSED', `The member of '${this.#options.groupId}' is closed.`)
      try {
        const offsets = await this.#calls.run(this.#call('fetchOffsets'), () => {
          const group = this.#group
          if (options.requireStable && group.offsets.unstable(partitions)) return undefined
          return group.offsets.fetch(partitions)
        })
        if (offsets !== undefined) return offsets
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable) throw error
      }
      await this.#calls.clock.sleep(RETRY_BACKOFF_MS)
    }
  }

  #call(operation: LogOperation): LogCall {
    return { operation, groupId: this.#options.groupId, memberId: this.#memberId }
  }

  #startJoin(): void {
    if (this.#joining || this.#closed || this.#failed) return
    this.#joining = true
    void this.#joinUntilAssigned().finally(() => {
      this.#joining = false
      if (this.#rejoinWanted) {
        this.#rejoinWanted = false
        this.#startJoin()
      }
    })
  }

  async #joinUntilAssigned(): Promise<void> {
    const { clock } = this.#calls
    await clock.yield()
    while (!this.#closed && !this.#failed) {
      this.#rejoinWanted = false
      try {
        const assignment = await this.#joinOnce()
        if (this.#closed) return
        this.#assigned = true
        this.#emit({ type: 'assigned', generation: this.#generation, assignment })
        return
      } catch (error) {
        if (!(await this.#recover(error))) return
      }
    }
  }

  async #joinOnce(): Promise<Uint8Array> {
    const options = this.#options
    if (this.#memberId === '') this.#memberId = `${options.instanceId ?? 'member'}-${this.#calls.clock.uuid()}`
    const memberId = this.#memberId
    const rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 300_000
    const answer = await this.#calls.run(
      this.#call('join'),
      () => {
        // On one connection a join that was sent before the farewell cannot arrive after it.
        if (this.#closed) throw new LogError('CLOSED', `The member of '${options.groupId}' is closed.`)
        return this.#group.join({
          memberId,
          instanceId: options.instanceId,
          generation: this.#generation,
          sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
          rebalanceTimeoutMs,
          protocolName: options.protocolName,
          subscription: options.subscription(),
          notify: () => this.#heartbeatSoon(),
        })
      },
      rebalanceTimeoutMs,
    )
    if (this.#closed) throw new LogError('CLOSED', 'The member is closed.')
    this.#generation = answer.generation
    this.#scheduleHeartbeat()
    const assignments = answer.leader ? await this.#assignments(answer) : undefined
    const identity = { memberId, instanceId: options.instanceId, generation: answer.generation }
    return this.#calls.run(this.#call('sync'), () => this.#group.sync(identity, assignments), rebalanceTimeoutMs)
  }

  async #assignments(answer: JoinAnswer): Promise<ReadonlyMap<string, Uint8Array>> {
    try {
      return await this.#options.assign(answer.members, answer.generation)
    } catch (cause) {
      throw new LogError(
        'ASSIGNMENT_FAILED',
        `The leader of '${this.#options.groupId}' could not make an assignment.`,
        { cause },
      )
    }
  }

  /** What an answer means for the membership; true to go on joining. */
  async #recover(error: unknown): Promise<boolean> {
    if (this.#closed) return false
    const code = error instanceof LogError ? error.code : ''
    if (code === 'UNKNOWN_MEMBER_ID' || code === 'ILLEGAL_GENERATION') {
      this.#lose()
      return true
    }
    if (error instanceof LogError && error.retriable) {
      await (code === 'REBALANCE_IN_PROGRESS' ? this.#calls.clock.yield() : this.#calls.clock.sleep(RETRY_BACKOFF_MS))
      return true
    }
    this.#failed = true
    this.#stopHeartbeat()
    this.#generation = -1
    if (code !== 'FENCED_INSTANCE_ID') this.#group.leave(this.#memberId)
    this.#emit({ type: 'failed', error: error instanceof Error ? error : new Error(String(error)) })
    return false
  }

  #lose(): void {
    this.#stopHeartbeat()
    this.#memberId = ''
    this.#generation = -1
    if (this.#assigned) this.#emit({ type: 'lost' })
    this.#assigned = false
  }

  #emit(event: GroupEvent): void {
    this.#events.push(event)
    this.#options.onEvent?.()
  }

  #heartbeatSoon(): void {
    if (this.#joining || this.#closed) return
    void this.#calls.clock.yield().then(() => this.#heartbeat())
  }

  #scheduleHeartbeat(): void {
    this.#stopHeartbeat()
    const interval = this.#options.heartbeatIntervalMs ?? 3_000
    this.#heartbeatTimer = this.#calls.clock.setTimer(interval, () => void this.#heartbeat())
  }

  #stopHeartbeat(): void {
    this.#heartbeatTimer?.cancel()
    this.#heartbeatTimer = undefined
  }

  async #heartbeat(): Promise<void> {
    const identity = this.metadata()
    if (identity === undefined || this.#closed || this.#failed) return
    this.#scheduleHeartbeat()
    try {
      await this.#calls.run(this.#call('heartbeat'), () => this.#group.heartbeat(identity))
    } catch (error) {
      if (this.#closed || this.#failed || this.#joining || identity.generation !== this.#generation) return
      const code = error instanceof LogError ? error.code : ''
      if (code === 'REBALANCE_IN_PROGRESS') this.#startJoin()
      else if (!(error instanceof LogError) || !error.retriable) {
        if (await this.#recover(error)) this.#startJoin()
      }
    }
  }

  async close(options: { leave?: boolean } = {}): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#open.delete(this)
    this.#stopHeartbeat()
    this.#generation = -1
    const memberId = this.#memberId
    if (memberId === '' || this.#failed) return
    if (options.leave ?? this.#options.instanceId === undefined) {
      await this.#calls.run(this.#call('leave'), () => this.#group.leave(memberId)).catch(() => undefined)
    } else this.#group.detach(memberId)
  }
}
