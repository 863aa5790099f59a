/**
 * Where active tasks should be in the end: each member its fair share of each sub-topology, and of all tasks; there a task
 * stays with its owner, else goes where most of its state is. Whether it may go there at once is not decided here.
 */

import type { AssignableMember, AssignableTask, AssignmentRules } from './assignable.ts'
import { lagOf } from './lag-of.ts'
import { parseTaskName } from './task-id.ts'

/** @param tasks in their order @param members in their order */
export function balanceActives(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  { acceptableRecoveryLag }: AssignmentRules,
): Map<string, AssignableMember> {
  const target = new Map<string, AssignableMember>()
  const total = new Map(members.map((member) => [member, 0]))
  const bySubtopology = new Map<number, AssignableTask[]>()
  for (const task of tasks) {
    const { subtopology } = parseTaskName(task.name)
    bySubtopology.set(subtopology, [...(bySubtopology.get(subtopology) ?? []), task])
  }
  for (const ofSubtopology of bySubtopology.values()) {
    const room = shares(ofSubtopology, members, total)
    const free = new Set(ofSubtopology)
    const give = (task: AssignableTask, member: AssignableMember): void => {
      const left = room.get(member) as number
      if (left === 0 || !free.delete(task)) return
      room.set(member, left - 1)
      total.set(member, (total.get(member) as number) + 1)
      target.set(task.name, member)
    }
    /** Caught up is caught up: small differences must not change what is decided from one rebalance to the next. */
    const lag = (member: AssignableMember, { name }: AssignableTask): number => {
      const exact = lagOf(member, name)
      return exact <= acceptableRecoveryLag ? 0 : exact
    }
    const nearest = (task: AssignableTask, owner: AssignableMember): number =>
      Math.min(
        Number.POSITIVE_INFINITY,
        ...members.filter((member) => member !== owner).map((member) => lag(member, task)),
      )
    for (const owner of members) {
      const owned = ofSubtopology.filter(({ name }) => owner.owned.includes(name))
      // What must be given away is what somebody else has the state of.
      for (const { task } of ranked(owned, (task) => -nearest(task, owner))) give(task, owner)
    }
    const known = [...free].flatMap((task) =>
      members.map((member) => ({
        task,
        member,
        lag: task.stateful ? lagOf(member, task.name) : Number.POSITIVE_INFINITY,
      })),
    )
    for (const { task, member } of known.filter(({ lag }) => Number.isFinite(lag)).sort((a, b) => a.lag - b.lag)) {
      give(task, member)
    }
    for (const task of [...free]) {
      const [member] = members.filter((candidate) => (room.get(candidate) as number) > 0)
      give(task, member)
    }
  }
  return target
}

/** Of one sub-topology, evenly; who is behind in total gets the odd ones, so totals are even too. */
function shares(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  total: ReadonlyMap<AssignableMember, number>,
): Map<AssignableMember, number> {
  const count = (names: readonly string[]): number => tasks.filter(({ name }) => names.includes(name)).length
  const order = members
    .map((member) => ({
      member,
      total: total.get(member) as number,
      owned: count(member.owned),
      warm: count(member.standby),
    }))
    .sort((a, b) => a.total - b.total || b.owned - a.owned || b.warm - a.warm)
  const floor = Math.floor(tasks.length / members.length)
  const spare = tasks.length % members.length
  return new Map(order.map(({ member }, rank) => [member, floor + (rank < spare ? 1 : 0)]))
}

function ranked<T>(items: readonly T[], rank: (item: T) => number): { readonly task: T }[] {
  return items.map((task) => ({ task, by: rank(task) })).sort((a, b) => difference(a.by, b.by))
}

/** Infinities are equal. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b
}
