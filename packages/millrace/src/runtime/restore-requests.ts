/**
 * What has to be restored of a task: each store from its changelog. One that mirrors its source topic may not hold what the
 * group has yet to process.
 */

import type { CommittedOffset } from '../log/group.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import type { RestoreRequest } from './restorer.ts'
import type { Task } from './task.ts'

/** @param committed the group's offsets of the task's inputs */
export function restoreRequests(
  plan: ClusterPlan,
  task: Task,
  committed: readonly CommittedOffset[],
): RestoreRequest[] {
  return plan.changelogs(task.id).flatMap(({ store: name, topic, partition, source }) => {
    const store = task.storeOf(name)
    if (store === undefined) return []
    const input = committed.find((offset) => offset.topic === topic && offset.partition === partition)
    const limit = source ? Math.max(input?.offset ?? 0, 0) : undefined
    return [{ store, partition: { topic, partition }, limit }]
  })
}
