/**
 * What the group told a worker and the worker has not taken yet, and which tasks it may therefore claim as its own.
 *
 * A rebalance joins in the background, while the worker processes: its subscription must claim every task that an earlier
 * generation gave it, opened or not, or the leader gives that task to somebody else and both commit. And once membership
 * was lost nothing may be claimed, nor committed under the generation that follows.
 */

import type { GroupEvent, GroupMember } from '../log/group.ts'
import { type Assignment, decodeAssignment, NO_TASKS } from './assignment/assignment.ts'

export class GroupInbox {
  #events: GroupEvent[] = []
  #current: Assignment = NO_TASKS

  /** Takes over what the member has queued; called as soon as something is. */
  receive(member: Pick<GroupMember, 'nextEvent'>): void {
    for (let event = member.nextEvent(); event !== undefined; event = member.nextEvent()) this.#events.push(event)
  }

  /** The oldest event not yet taken. */
  take(): GroupEvent | undefined {
    const event = this.#events.shift()
    if (event?.type === 'assigned') this.#current = decodeAssignment(event.assignment)
    else if (event !== undefined) this.#current = NO_TASKS
    return event
  }

  /** Membership ended in a way the worker has yet to hear of: nothing it has may be committed. */
  get lost(): boolean {
    return this.#events.some(({ type }) => type === 'lost' || type === 'failed')
  }

  /** The newest assignment taken. */
  get assigned(): Assignment {
    return this.#current
  }

  /** The worker gave its tasks up by itself. */
  forget(): void {
    this.#current = NO_TASKS
  }

  /** What to claim in a subscription. @param held tasks the worker has open. */
  claims(held: readonly string[]): string[] {
    const claimed = new Set([...held, ...this.#current.active])
    for (const event of this.#events) {
      if (event.type === 'assigned') for (const name of decodeAssignment(event.assignment).active) claimed.add(name)
      else if (event.type === 'lost') claimed.clear()
    }
    return [...claimed]
  }
}
