/**
 * Where standby replicas go: never into the process of the active task, nor two into one process; over different values of
 * the rack-aware tags as far as there are such members (KIP-708); then where they are already; then evenly.
 *
 * A replica that has caught up is kept until the one that replaces it has, so that a move costs no safety.
 */

import type { AssignableMember, AssignableTask, AssignmentRules } from './assignable.ts'
import { lagOf } from './lag-of.ts'

export interface PlacedStandby {
  readonly task: string
  readonly member: AssignableMember
  /** Another replica is kept until this one has caught up. */
  readonly awaited: boolean
}

/** @param hosts who runs each task */
export function placeStandbys(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  hosts: ReadonlyMap<string, AssignableMember>,
  rules: AssignmentRules,
): PlacedStandby[] {
  const { numStandbyReplicas, acceptableRecoveryLag, rackAwareAssignmentTags: tagKeys } = rules
  const stateful = tasks.filter((task) => task.stateful && hosts.has(task.name))
  const processes = new Set(members.map(({ processId }) => processId)).size
  const replicas = Math.min(numStandbyReplicas, processes - 1)
  if (replicas <= 0) return []
  const share = Math.ceil((stateful.length * replicas) / members.length)
  const load = new Map(members.map((member) => [member, 0]))
  for (const host of hosts.values()) load.set(host, (load.get(host) as number) + 1)
  const standbys = new Map(members.map((member) => [member, 0]))
  const placed: PlacedStandby[] = []

  for (const { name: task } of stateful) {
    const host = hosts.get(task) as AssignableMember
    const caughtUp = (member: AssignableMember): boolean => lagOf(member, task) <= acceptableRecoveryLag
    const chosen: AssignableMember[] = []
    for (let replica = 0; replica < replicas; replica++) {
      const taken = [host, ...chosen]
      const ranks = (member: AssignableMember): number[] => [
        clashes(member, taken, tagKeys),
        (standbys.get(member) as number) >= share ? 1 : 0,
        member.standby.includes(task) ? (caughtUp(member) ? 0 : 2) : caughtUp(member) ? 1 : 3,
        (standbys.get(member) as number) + (load.get(member) as number),
      ]
      const [best] = members
        .filter(({ processId }) => taken.every((other) => other.processId !== processId))
        .map((member) => ({ member, ranks: ranks(member) }))
        .sort((a, b) => compareRanks(a.ranks, b.ranks))
      if (best === undefined) break
      chosen.push(best.member)
      standbys.set(best.member, (standbys.get(best.member) as number) + 1)
    }
    let fresh = chosen.filter((member) => !caughtUp(member)).length
    const kept: AssignableMember[] = []
    for (const member of members) {
      const taken = [host, ...chosen, ...kept]
      const spare = member.standby.includes(task) && caughtUp(member)
      if (fresh === 0 || !spare || taken.some(({ processId }) => processId === member.processId)) continue
      kept.push(member)
      fresh--
    }
    for (const member of chosen) placed.push({ task, member, awaited: kept.length > 0 && !caughtUp(member) })
    for (const member of kept) placed.push({ task, member, awaited: false })
  }
  return placed
}

/** How many tags have a value that another replica has too. */
function clashes(member: AssignableMember, others: readonly AssignableMember[], tagKeys: readonly string[]): number {
  return tagKeys.filter((key) => others.some(({ tags }) => tags[key] === member.tags[key])).length
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return 0
}
