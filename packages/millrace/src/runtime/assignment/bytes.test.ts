import { describe, expect, it } from 'vitest'
import { decodeAssignment, encodeAssignment } from './assignment.ts'
import { decodeSubscription, encodeSubscription } from './subscription.ts'

describe('assignment bytes', () => {
  it('come back as they went', () => {
    const subscription = {
      topics: ['flights', 'airports'],
      processId: 'p',
      owned: ['0_1'],
      standby: ['1_0'],
      offsets: { '1_0': 77 },
      tags: { zone: 'a' },
      round: 2,
    }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
    const partitions = [
      { topic: 'flights', partition: 1 },
      { topic: 'flights', partition: 3 },
    ]
    const assignment = { active: ['0_1', '0_3'], standby: ['1_0'], warmup: ['1_0'], revoked: ['0_2'] }
    expect(decodeAssignment(encodeAssignment(assignment, partitions))).toEqual(assignment)
  })

  it('of a foreign member are not taken for ours', () => {
    expect(decodeSubscription(Buffer.from('0000', 'hex'))).toBeUndefined()
  })
})
