/**
 * A worker's membership: what it tells the leader, and how it assigns when it is the leader itself.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { GroupMember } from '../log/group.ts'
import type { Log } from '../log/log.ts'
import { leadGroup } from './assignment/lead-group.ts'
import { encodeSubscription } from './assignment/subscription.ts'
import type { ClusterPlan } from './cluster-plan.ts'

export interface CreateMemberOptions {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly processId: string
  /** Static membership of this one; undefined: a dynamic member. */
  readonly instanceId: string | undefined
  owned(): readonly string[]
  standby(): readonly string[]
  offsets(): Readonly<Record<string, number>>
  /** Stores on disk that all threads of the process can open. */
  readonly sharesState: boolean
  /** True once the application is to end: whoever joins hears of it. */
  shutdown(): boolean
  onEvent(): void
}

/** All members name the same protocol, so a group of Java's Kafka Streams is not joined by mistake. */
const PROTOCOL = 'millrace'

export function createMember(options: CreateMemberOptions): GroupMember {
  const { config, log, plan, processId } = options
  let round = 0
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
        standby: options.standby(),
        offsets: options.offsets(),
        tags: config.clientTags,
        round: round++,
        sharesState: options.sharesState || undefined,
        shutdown: options.shutdown() || undefined,
      }),
    assign: (members) => leadGroup(members, { config, log, plan }),
    onEvent: options.onEvent,
    onWaiting: (reason) => config.logger.warn({ group: config.applicationId }, `waiting to join the group: ${reason}`),
  })
}
