/**
 * Members of one process that keep their state on one disk: what one of them has caught up with, or runs, the others have too.
 * So a task moves between them at once, and none is a warm-up or standby for the other.
 */

import type { AssignableMember } from './assignable.ts'
import { lagOf } from './lag-of.ts'

/** @param sharing ids of the members that say so of themselves */
export function shareLags(members: readonly AssignableMember[], sharing: ReadonlySet<string>): AssignableMember[] {
  return members.map((member) => {
    if (!sharing.has(member.memberId)) return member
    const others = members.filter(({ memberId, processId }) => processId === member.processId && sharing.has(memberId))
    if (others.length === 1) return member
    const tasks = new Set(others.flatMap(({ lags, owned }) => [...lags.keys(), ...owned]))
    const lags = new Map([...tasks].map((task) => [task, Math.min(...others.map((other) => lagOf(other, task)))]))
    return { ...member, lags }
  })
}
