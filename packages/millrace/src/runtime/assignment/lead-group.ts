/**
 * What the leader of the group does: asks the log where changelogs end, and assigns by what every member says of itself.
 */

import type { StreamsConfig } from '../../config/streams-config.ts'
import type { GroupSubscription } from '../../log/group.ts'
import type { Log } from '../../log/log.ts'
import { LogError } from '../../record/errors.ts'
import type { ClusterPlan } from '../cluster-plan.ts'
import { assignTasks } from './assign-tasks.ts'
import type { AssignableMember } from './assignable.ts'
import { type Assignment, encodeAssignment, NO_TASKS } from './assignment.ts'
import { shareLags } from './share-lags.ts'
import { decodeSubscription } from './subscription.ts'
import { parseTaskName } from './task-id.ts'
import { endOffsetSums, taskLags } from './task-lags.ts'

const ATTEMPTS = 3

export interface Leadership {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
}

/** Each member's assignment bytes. */
export async function leadGroup(
  members: readonly GroupSubscription[],
  { config, log, plan }: Leadership,
): Promise<Map<string, Uint8Array>> {
  const ends = await changelogEnds({ config, log, plan })
  let shutdown = false
  const sharing = new Set<string>()
  const assignable = members.map(({ memberId, subscription }): AssignableMember => {
    const decoded = decodeSubscription(subscription)
    if (decoded?.shutdown) shutdown = true
    if (decoded === undefined) {
      return { memberId, processId: memberId, owned: [], standby: [], lags: new Map(), tags: {} }
    }
    const { processId, owned, standby, tags, sharesState } = decoded
    if (sharesState) sharing.add(memberId)
    return { memberId, processId, owned, standby, tags, lags: taskLags(decoded, ends) }
  })
  // Who is told to end keeps what it has, so that it may commit it.
  if (shutdown)
    return encoded(
      assignable.map(({ memberId, owned: active }) => [memberId, { active, shutdown }]),
      plan,
    )
  const tasks = plan.taskNames().map((name) => ({ name, stateful: plan.changelogs(parseTaskName(name)).length > 0 }))
  return encoded([...assignTasks(tasks, shareLags(assignable, sharing), config)], plan)
}

function encoded(
  assigned: readonly (readonly [memberId: string, assignment: Partial<Assignment>])[],
  plan: ClusterPlan,
): Map<string, Uint8Array> {
  return new Map(
    assigned.map(([memberId, given]) => {
      const assignment: Assignment = { ...NO_TASKS, ...given }
      const partitions = assignment.active.flatMap((name) => plan.inputs(parseTaskName(name)))
      return [memberId, encodeAssignment(assignment, partitions)]
    }),
  )
}

/** Undefined when the log does not answer: an assignment that leaves tasks where they are is better than none. */
async function changelogEnds({ config, log, plan }: Leadership): Promise<Map<string, number> | undefined> {
  const changelogs = plan.taskNames().flatMap((name) => plan.changelogs(parseTaskName(name)))
  if (changelogs.length === 0) return new Map()
  for (let attempt = 1; ; attempt++) {
    try {
      const [ends, committed] = await Promise.all([
        log.admin.listOffsets(changelogs, 'latest'),
        changelogs.some(({ source }) => source) ? log.admin.groupOffsets(config.applicationId) : [],
      ])
      return endOffsetSums(plan, { ends, committed })
    } catch (error) {
      if (!(error instanceof LogError) || attempt === ATTEMPTS) {
        config.logger.warn({ error }, 'the ends of the changelogs are unknown; tasks stay where their state is')
        return undefined
      }
    }
  }
}
