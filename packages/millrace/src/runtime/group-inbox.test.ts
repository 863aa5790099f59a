import { describe, expect, it } from 'vitest'
import type { GroupEvent } from '../log/group.ts'
import { encodeAssignment, NO_TASKS } from './assignment/assignment.ts'
import { GroupInbox } from './group-inbox.ts'

function inboxWith(...events: GroupEvent[]): GroupInbox {
  const inbox = new GroupInbox()
  inbox.receive({ nextEvent: () => events.shift() })
  return inbox
}

const assigned = (generation: number, ...active: string[]): GroupEvent => ({
  type: 'assigned',
  generation,
  assignment: encodeAssignment({ ...NO_TASKS, active }, []),
})

describe('GroupInbox', () => {
  it('claims what an assignment gave, before it is taken and while it is being opened', () => {
    const inbox = inboxWith(assigned(1, '0_0', '0_1'))
    expect(inbox.claims([])).toEqual(['0_0', '0_1'])
    inbox.take()
    expect(inbox.claims([])).toEqual(['0_0', '0_1'])
    expect(inbox.claims(['0_2'])).toEqual(['0_2', '0_0', '0_1'])
  })

  it('claims nothing once membership was lost, but what was assigned since', () => {
    const inbox = inboxWith(assigned(1, '0_0'), { type: 'lost' }, assigned(3, '0_1'))
    expect(inbox.lost).toBe(true)
    expect(inbox.claims(['0_0'])).toEqual(['0_1'])
    inbox.take()
    inbox.take()
    expect(inbox.lost).toBe(false)
    expect(inbox.assigned.active).toEqual([])
    expect(inbox.claims([])).toEqual(['0_1'])
  })
})
