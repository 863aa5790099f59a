/**
 * A worker's membership: what it tells the leader, and how it assigns when it is the leader itself.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { GroupMember, GroupSubscription } from '../log/group.ts'
import type { Log } from '../log/log.ts'
import { type AssignableMember, assignTasks } from './assignment/assign-tasks.ts'
import { encodeAssignment } from './assignment/assignment.ts'
import { decodeSubscription, encodeSubscription } from './assignment/subscription.ts'
import { parseTaskName } from './assignment/task-id.ts'
import type { ClusterPlan } from './cluster-plan.ts'

export interface CreateMemberOptions {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly processId: string
  /** Static membership of this one; undefined: a dynamic member. */
  readonly instanceId: string | undefined
  owned(): readonly string[]
  previous(): readonly string[]
  /** True once the application is to end: whoever joins hears of it. */
  shutdown(): boolean
  onEvent(): void
}

/** All members name the same protocol, so a group of Java's Kafka Streams is not joined by mistake. */
const PROTOCOL = 'millrace'

export function createMember(options: CreateMemberOptions): GroupMember {
  const { config, log, plan, processId } = options
  return log.member({
    groupId: config.applicationId,
    instanceId: options.instanceId,
    sessionTimeoutMs: config.sessionTimeoutMs,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    rebalanceTimeoutMs: config.rebalanceTimeoutMs,
    protocolName: PROTOCOL,
    subscription: () =>
      encodeSubscription({
        topics: plan.inputTopics(),
        processId,
        owned: options.owned(),
        previous: options.previous(),
        shutdown: options.shutdown() || undefined,
      }),
    assign: async (members) => assign(members, plan),
    onEvent: options.onEvent,
    onWaiting: (reason) => config.logger.warn({ group: config.applicationId }, `waiting to join the group: ${reason}`),
  })
}

function assign(members: readonly GroupSubscription[], plan: ClusterPlan): Map<string, Uint8Array> {
  let shutdown = false
  const assignable = members.map(({ memberId, subscription }): AssignableMember => {
    const decoded = decodeSubscription(subscription)
    if (decoded?.shutdown) shutdown = true
    return { memberId, owned: decoded?.owned ?? [], previous: decoded?.previous ?? [] }
  })
  // Who is told to end keeps what it has, so that it may commit it.
  const assigned = shutdown
    ? new Map(assignable.map(({ memberId, owned }) => [memberId, owned]))
    : assignTasks(plan.taskNames(), assignable)
  return new Map(
    [...assigned].map(([memberId, active]) => {
      const partitions = active.flatMap((name) => plan.inputs(parseTaskName(name)))
      return [memberId, encodeAssignment(shutdown ? { active, shutdown } : { active }, partitions)]
    }),
  )
}
