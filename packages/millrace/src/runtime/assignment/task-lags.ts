/**
 * How far members are behind, by the offsets they report and the ends of the changelogs (KIP-441). For a store whose changelog
 * is its source topic the end is what the group has committed: a standby may not go further.
 */

import type { ListedOffset } from '../../log/admin.ts'
import type { TopicPartition } from '../../log/log.ts'
import type { ClusterPlan } from '../cluster-plan.ts'
import type { Subscription } from './subscription.ts'
import { parseTaskName } from './task-id.ts'

/** Where the changelogs end. */
export interface ChangelogEnds {
  readonly ends: readonly ListedOffset[]
  readonly committed: readonly ListedOffset[]
}

/** The sum of the ends of a task's changelogs, for each task that has some. */
export function endOffsetSums(plan: ClusterPlan, { ends, committed }: ChangelogEnds): Map<string, number> {
  const byPartition = new Map(ends.map((end) => [key(end), end.offset]))
  const reached = new Map(committed.map((offset) => [key(offset), offset.offset]))
  const sums = new Map<string, number>()
  for (const name of plan.taskNames()) {
    const changelogs = plan.changelogs(parseTaskName(name))
    if (changelogs.length === 0) continue
    const end = (changelog: (typeof changelogs)[number]): number =>
      Math.max(0, (changelog.source ? reached : byPartition).get(key(changelog)) ?? 0)
    sums.set(
      name,
      changelogs.reduce((sum, changelog) => sum + end(changelog), 0),
    )
  }
  return sums
}

/**
 * A member's lag in each task with state. What it owns and says nothing of is up to date; of the rest it has nothing.
 *
 * @param ends undefined: the log could not be asked; then what a member has counts as caught up, so that tasks stay
 */
export function taskLags(
  subscription: Subscription,
  ends: ReadonlyMap<string, number> | undefined,
): Map<string, number> {
  const { owned, offsets } = subscription
  const lags = new Map<string, number>()
  if (ends === undefined) {
    for (const name of Object.keys(offsets)) lags.set(name, 0)
    return lags
  }
  for (const [name, end] of ends) {
    const offset = offsets[name]
    if (offset === undefined && owned.includes(name)) lags.set(name, 0)
    else lags.set(name, Math.max(0, end - (offset ?? 0)))
  }
  return lags
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
