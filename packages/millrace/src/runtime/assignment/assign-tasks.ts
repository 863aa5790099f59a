/**
 * Which member runs which task: balanced by count, sticky to who has them, each sub-topology spread over members. Pure and
 * deterministic, so that every leader decides alike.
 *
 * A task that another live member still holds is not given away yet (cooperative): its holder learns that it lost it, gives
 * it up and asks for the next rebalance, in which the new owner gets it. So a task never has two owners.
 */

import { parseTaskName } from './task-id.ts'

export interface AssignableMember {
  readonly memberId: string
  readonly owned: readonly string[]
  readonly previous: readonly string[]
}

export function assignTasks(
  taskNames: readonly string[],
  members: readonly AssignableMember[],
): Map<string, readonly string[]> {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const target = balance(sortedTasks(taskNames), sorted)
  const holder = new Map<string, string>()
  for (const { memberId, owned } of sorted) for (const task of owned) holder.set(task, memberId)
  const given = new Map<string, readonly string[]>()
  for (const { memberId } of sorted) {
    const mine = (target.get(memberId) as string[]).filter((task) => (holder.get(task) ?? memberId) === memberId)
    given.set(memberId, sortedTasks(mine))
  }
  return given
}

/** Sub-topology by sub-topology, so that each is spread; who is behind in total gets the odd ones, so totals are even too. */
function balance(tasks: readonly string[], members: readonly AssignableMember[]): Map<string, string[]> {
  const target = new Map<string, string[]>(members.map(({ memberId }) => [memberId, []]))
  const total = ({ memberId }: AssignableMember): number => (target.get(memberId) as string[]).length
  const subtopologies = new Set(tasks.map((name) => parseTaskName(name).subtopology))
  for (const subtopology of subtopologies) {
    const ofSubtopology = tasks.filter((name) => parseTaskName(name).subtopology === subtopology)
    const free = new Set(ofSubtopology)
    const held = ({ owned }: AssignableMember): number => owned.filter((task) => free.has(task)).length
    const ranked = members
      .map((member) => ({ member, total: total(member), held: held(member) }))
      .sort((a, b) => a.total - b.total || b.held - a.held)
    const floor = Math.floor(ofSubtopology.length / members.length)
    const spare = ofSubtopology.length % members.length
    const room = new Map(ranked.map(({ member }, rank) => [member, floor + (rank < spare ? 1 : 0)]))
    const give = (member: AssignableMember, candidates: Iterable<string>): void => {
      let left = room.get(member) as number
      for (const task of candidates) {
        if (left === 0) break
        if (!free.delete(task)) continue
        target.get(member.memberId)?.push(task)
        left--
      }
      room.set(member, left)
    }
    for (const member of members) give(member, sortedTasks(member.owned))
    for (const member of members) give(member, sortedTasks(member.previous))
    for (const member of members) give(member, [...free])
  }
  return target
}

function sortedTasks(names: readonly string[]): string[] {
  return [...names].sort((a, b) => {
    const left = parseTaskName(a)
    const right = parseTaskName(b)
    return left.subtopology - right.subtopology || left.partition - right.partition
  })
}
