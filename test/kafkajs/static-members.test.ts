/** Static members through kafkajs, which has the protocol for them but never uses it: also as leader, also when fenced. */

import type { GroupEvent, GroupMember, Log } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnKafka, fresh, freshTopic, openLog } from './broker-under-test.ts'

describeOnKafka('static members on kafkajs', () => {
  let log: Log
  const members: GroupMember[] = []

  beforeAll(() => {
    log = openLog()
  })
  afterAll(async () => {
    for (const member of members) await member.close()
    await log.close()
  })

  function join(groupId: string, name: string, heartbeatIntervalMs = 200): GroupMember {
    const member = log.member({
      groupId,
      instanceId: name,
      protocolName: 'static',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs,
      rebalanceTimeoutMs: 10_000,
      subscription: () => Buffer.from(name),
      assign: async (all) =>
        new Map(all.map(({ memberId, instanceId }) => [memberId, Buffer.from(`${all.length}:${instanceId}`)])),
    })
    members.push(member)
    member.join()
    return member
  }

  /** The next assignment by which all of these share a generation. */
  async function settled(...all: GroupMember[]): Promise<string[]> {
    const newest = all.map(() => ({ generation: -1, text: '' }))
    const take = (): boolean => {
      for (const [index, member] of all.entries()) {
        for (let event: GroupEvent | undefined = member.nextEvent(); event; event = member.nextEvent()) {
          if (event.type === 'revokeAll') member.revoked()
          if (event.type !== 'assigned') continue
          newest[index] = { generation: event.generation, text: Buffer.from(event.assignment).toString() }
        }
      }
      const [{ generation }] = newest
      return generation >= 0 && newest.every((each) => each.generation === generation)
    }
    await expect.poll(take, { timeout: 15_000, interval: 20 }).toBe(true)
    return newest.map(({ text }) => text)
  }

  it('gives a restarted leader its place back, and leads on afterwards', async () => {
    const groupId = fresh('static-leader')
    const leader = join(groupId, 'leader')
    expect(await settled(leader)).toEqual(['1:leader'])
    const other = join(groupId, 'other')
    expect(await settled(leader, other)).toEqual(['2:leader', '2:other'])
    const generation = other.metadata()?.generation
    await leader.close({ leave: false })
    const again = join(groupId, 'leader')
    expect(await settled(again)).toEqual(['2:leader'])
    expect(again.metadata()?.generation).toBe(generation)
    await log.clock.sleep(500)
    expect(other.nextEvent()).toBe(undefined)
    again.rejoin()
    expect(await settled(again, other)).toEqual(['2:leader', '2:other'])
    expect(again.metadata()?.generation).toBe((generation ?? 0) + 1)
  })

  it('refuses the offsets of a fenced member, before it has heard of it', async () => {
    const groupId = fresh('static-fenced')
    const at = { topic: await freshTopic(log, 'static-fenced'), partition: 0 }
    const old = join(groupId, 'same', 5000)
    await settled(old)
    await old.commit([{ ...at, offset: 1, metadata: '' }])
    const next = join(groupId, 'same')
    await settled(next)
    await expect(old.commit([{ ...at, offset: 9, metadata: '' }])).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await next.commit([{ ...at, offset: 2, metadata: '' }])
    expect(await log.admin.groupOffsets(groupId)).toEqual([{ ...at, offset: 2, metadata: '' }])
  })
})
