/**
 * How far a member's state of a task is behind: nothing if it runs it, unless it says otherwise; beyond all bounds if nothing
 * is known.
 */

import type { AssignableMember } from './assignable.ts'

export function lagOf(member: AssignableMember, task: string): number {
  return member.lags.get(task) ?? (member.owned.includes(task) ? 0 : Number.POSITIVE_INFINITY)
}
