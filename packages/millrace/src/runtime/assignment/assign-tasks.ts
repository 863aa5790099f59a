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

function balance(tasks: readonly string[], members: readonly AssignableMember[]): Map<string, string[]> {
  const target = new Map<string, string[]>(members.map(({ memberId }) => [memberId, []]))
  const floor = Math.floor(tasks.length / members.length)
  let spare = tasks.length % members.length
  const free = new Set(tasks)
  const keep = (member: AssignableMember, candidates: readonly string[]): void => {
    const mine = target.get(member.memberId) as string[]
    for (const task of candidates) {
      if (!free.has(task)) continue
      if (mine.length >= floor) {
        if (mine.length > floor || spare === 0) break
        spare--
      }
      mine.push(task)
      free.delete(task)
    }
  }
  for (const member of members) keep(member, sortedTasks(member.owned))
  for (const member of members) keep(member, sortedTasks(member.previous))
  for (const task of free) {
    const { subtopology } = parseTaskName(task)
    const sameSubtopology = (mine: readonly string[]): number =>
      mine.filter((other) => parseTaskName(other).subtopology === subtopology).length
    let best: string[] | undefined
    for (const mine of target.values()) {
      if (
        best === undefined ||
        mine.length < best.length ||
        (mine.length === best.length && sameSubtopology(mine) < sameSubtopology(best))
      ) {
        best = mine
      }
    }
    best?.push(task)
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
