/**
 * Which member runs which task, and who keeps a warm copy. Pure and deterministic, so that every leader decides alike.
 *
 * Tasks are balanced by count, each sub-topology spread over members, sticky to who has them. A task with state moves only to
 * a member that has caught up with its changelogs, unless none has (KIP-441): until then it stays where its state is, and the
 * member it is meant for keeps a warm-up replica.
 *
 * A task that another live member still holds is not given away yet (cooperative): its holder learns that it lost it, gives
 * it up and asks for the next rebalance, in which the new owner gets it. So a task never has two owners.
 */

import type { AssignableMember, AssignableTask, AssignmentRules, MemberTasks } from './assignable.ts'
import { balanceActives } from './balance-actives.ts'
import { lagOf } from './lag-of.ts'
import { placeStandbys } from './place-standbys.ts'
import { compareTaskNames } from './task-id.ts'

export function assignTasks(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  rules: AssignmentRules,
): Map<string, MemberTasks> {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const ordered = [...tasks].sort((a, b) => compareTaskNames(a.name, b.name))
  const wanted = balanceActives(ordered, sorted, rules)
  const { hosts, waiting } = holdBack(ordered, sorted, wanted, rules)
  const standbys = placeStandbys(ordered, sorted, hosts, rules)

  const held = new Set(standbys.flatMap(({ task, member }) => replica(task, member)))
  const warmups = standbys.filter(({ awaited }) => awaited).map(({ task, member }) => ({ task, member, extra: false }))
  // Those that have begun come first, so that each ends before the next takes its place.
  for (const { task, member } of waiting) warmups.push({ task, member, extra: !held.has(replica(task, member)) })
  const begun = ({ task, member }: { task: string; member: AssignableMember }): number =>
    member.standby.includes(task) ? 0 : 1
  warmups.sort((a, b) => begun(a) - begun(b))

  const given = new Map(
    sorted.map((member) => [member, { active: [], standby: new Set(), warmup: new Set(), revoked: [] } as Given]),
  )
  for (const { task, member } of standbys) at(given, member).standby.add(task)
  let extras = 0
  for (const { task, member, extra } of warmups) {
    if (extra && extras++ >= rules.maxWarmupReplicas) continue
    at(given, member).standby.add(task)
    at(given, member).warmup.add(task)
  }
  const holders = new Map(sorted.flatMap((member) => member.owned.map((task) => [task, member] as const)))
  for (const [task, member] of hosts) {
    const holder = holders.get(task) ?? member
    if (holder === member) {
      at(given, member).active.push(task)
      continue
    }
    at(given, holder).revoked.push(task)
    if (member.standby.includes(task)) at(given, member).standby.add(task)
  }
  return new Map(
    [...given].map(([{ memberId }, { active, standby, warmup, revoked }]) => [
      memberId,
      { active: ordersOf(active), standby: ordersOf(standby), warmup: ordersOf(warmup), revoked: ordersOf(revoked) },
    ]),
  )
}

interface Given {
  readonly active: string[]
  readonly standby: Set<string>
  readonly warmup: Set<string>
  readonly revoked: string[]
}

interface Held {
  /** Who runs each task until those who wait have caught up. */
  readonly hosts: Map<string, AssignableMember>
  readonly waiting: readonly { readonly task: string; readonly member: AssignableMember }[]
}

/** Leaves tasks where their state is as long as the member that should have them lacks it. */
function holdBack(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  wanted: ReadonlyMap<string, AssignableMember>,
  rules: AssignmentRules,
): Held {
  const hosts = new Map(wanted)
  const load = new Map(members.map((member) => [member, 0]))
  for (const member of wanted.values()) load.set(member, (load.get(member) as number) + 1)
  const waiting: { task: string; member: AssignableMember }[] = []
  for (const { name: task, stateful } of tasks) {
    const target = wanted.get(task)
    if (!stateful || target === undefined) continue
    if (lagOf(target, task) <= rules.acceptableRecoveryLag) continue
    const host = bestHost(task, target, members, rules, load)
    if (host === target) continue
    hosts.set(task, host)
    load.set(host, (load.get(host) as number) + 1)
    load.set(target, (load.get(target) as number) - 1)
    waiting.push({ task, member: target })
  }
  return { hosts, waiting }
}

/** A member that has caught up, its owner first; if none has, the owner, else whoever has least to restore. */
function bestHost(
  task: string,
  target: AssignableMember,
  members: readonly AssignableMember[],
  { acceptableRecoveryLag }: AssignmentRules,
  load: ReadonlyMap<AssignableMember, number>,
): AssignableMember {
  const ready = members.filter((member) => lagOf(member, task) <= acceptableRecoveryLag)
  const owner = (ready.length > 0 ? ready : members).find(({ owned }) => owned.includes(task))
  if (owner !== undefined) return owner
  if (ready.length > 0) return ready.reduce((a, b) => ((load.get(b) as number) < (load.get(a) as number) ? b : a))
  return members.reduce((a, b) => (lagOf(b, task) < lagOf(a, task) ? b : a), target)
}

function at(given: Map<AssignableMember, Given>, member: AssignableMember): Given {
  return given.get(member) as Given
}

function replica(task: string, member: AssignableMember): string {
  return `${task} ${member.memberId}`
}

function ordersOf(names: Iterable<string>): string[] {
  return [...names].sort(compareTaskNames)
}
