import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks } from './assign-tasks.ts'
import { decodeAssignment, encodeAssignment } from './assignment.ts'
import { decodeSubscription, encodeSubscription } from './subscription.ts'

const tasks = (subtopologies: number, partitions: number): string[] =>
  Array.from({ length: subtopologies * partitions }, (_, i) => `${Math.floor(i / partitions)}_${i % partitions}`)

describe('assignTasks', () => {
  it('converges from any ownership to a balanced assignment with one owner a task, never two at a time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 24, maxLength: 24 }),
        fc.integer({ min: 1, max: 5 }),
        (subtopologies, partitions, owners, count) => {
          const all = tasks(subtopologies, partitions)
          let members = Array.from({ length: count }, (_, m) => ({
            memberId: `m${m}`,
            owned: all.filter((_, i) => owners[i] === m),
            previous: [] as string[],
          }))
          for (let round = 0; round < 4; round++) {
            const given = assignTasks(all, members)
            const seen = new Set<string>()
            for (const [memberId, mine] of given) {
              for (const task of mine) {
                expect(seen.has(task)).toBe(false)
                seen.add(task)
                const other = members.find(({ memberId: id, owned }) => id !== memberId && owned.includes(task))
                expect(other).toBeUndefined()
              }
            }
            members = members.map((member) => ({ ...member, owned: [...(given.get(member.memberId) ?? [])] }))
          }
          const sizes = members.map(({ owned }) => owned.length)
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('leaves a balanced assignment as it is', () => {
    const members = [
      { memberId: 'a', owned: ['0_1', '1_0'], previous: [] },
      { memberId: 'b', owned: ['0_0', '1_1'], previous: [] },
    ]
    const given = assignTasks(tasks(2, 2), members)
    expect(given.get('a')).toEqual(['0_1', '1_0'])
    expect(given.get('b')).toEqual(['0_0', '1_1'])
  })

  it('gives a task back to the member that has its state', () => {
    const given = assignTasks(tasks(1, 4), [
      { memberId: 'a', owned: [], previous: ['0_2', '0_3'] },
      { memberId: 'b', owned: [], previous: ['0_0', '0_1'] },
    ])
    expect(given.get('a')).toEqual(['0_2', '0_3'])
  })
})

describe('assignTasks, by sub-topology', () => {
  it('spreads each sub-topology over the members', () => {
    const given = assignTasks(tasks(2, 4), [
      { memberId: 'a', owned: [], previous: [] },
      { memberId: 'b', owned: [], previous: [] },
    ])
    for (const mine of given.values()) expect(mine.map((name) => name[0]).join('')).toBe('0011')
  })
})

describe('assignment bytes', () => {
  it('come back as they went', () => {
    const subscription = { topics: ['flights', 'airports'], processId: 'p', owned: ['0_1'], previous: ['1_0'] }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
    const partitions = [
      { topic: 'flights', partition: 1 },
      { topic: 'flights', partition: 3 },
    ]
    expect(decodeAssignment(encodeAssignment({ active: ['0_1', '0_3'] }, partitions))).toEqual({
      active: ['0_1', '0_3'],
    })
  })

  it('of a foreign member are not taken for ours', () => {
    expect(decodeSubscription(Buffer.from('0000', 'hex'))).toBeUndefined()
  })
})
