/**
 * What membership must do: opaque bytes in and out, one generation for everybody, commits under a generation, leaving,
 * expiry, static members.
 */

import type { GroupMemberOptions, OffsetToCommit } from '../group.ts'
import { type ContractPart, refusal } from './scenario.ts'

/** Each member gets `count:own subscription|all subscriptions`. */
const assignEcho: GroupMemberOptions['assign'] = async (members) => {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
  const all = members.map(({ subscription }) => text(subscription)).sort()
  return new Map(
    members.map(({ memberId, subscription }) => [
      memberId,
      Buffer.from(`${members.length}:${text(subscription)}|${all.join()}`),
    ]),
  )
}

function echo(name: string, more: Partial<GroupMemberOptions> = {}): Partial<GroupMemberOptions> {
  return { subscription: () => Buffer.from(name), assign: assignEcho, ...more }
}

export function groupContract({ test, expect, options }: ContractPart): void {
  test('gives each of three members the bytes the leader made for it', async (scenario) => {
    const members = ['a', 'b', 'c'].map((name) => scenario.member(echo(name)))
    for (const member of members) member.join()
    expect(await scenario.settled(...members)).toEqual(['3:a|a,b,c', '3:b|a,b,c', '3:c|a,b,c'])
    expect(new Set(members.map((member) => member.metadata()?.memberId)).size).toBe(3)
    expect(new Set(members.map((member) => member.metadata()?.generation)).size).toBe(1)
  })

  test('keeps bytes that are no text', async (scenario) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
    let seen: Uint8Array = new Uint8Array(0)
    const member = scenario.member({
      subscription: () => bytes,
      assign: async (members) => {
        seen = Buffer.from(members[0].subscription)
        return new Map([[members[0].memberId, bytes]])
      },
    })
    member.join()
    const { assignment } = await scenario.event(member, 'assigned')
    expect(Buffer.from(seen).equals(bytes)).toBe(true)
    expect(Buffer.from(assignment).equals(bytes)).toBe(true)
  })

  test('rebalances when a member comes, asks or leaves', async (scenario) => {
    let name = 'a'
    const first = scenario.member(echo('', { subscription: () => Buffer.from(name) }))
    const second = scenario.member(echo('b'))
    first.join()
    expect(await scenario.settled(first)).toEqual(['1:a|a'])
    second.join()
    expect(await scenario.settled(first, second)).toEqual(['2:a|a,b', '2:b|a,b'])
    name = 'changed'
    first.rejoin()
    expect(await scenario.settled(first, second)).toEqual(['2:changed|b,changed', '2:b|b,changed'])
    await first.close({ leave: true })
    expect(first.metadata()).toBe(undefined)
    expect(await scenario.settled(second)).toEqual(['1:b|b'])
  })

  test('tells of events, and of no membership before the first', async (scenario) => {
    let told = 0
    const member = scenario.member({ onEvent: () => told++ })
    expect([member.metadata(), member.nextEvent()]).toEqual([undefined, undefined])
    member.join()
    await scenario.event(member, 'assigned')
    expect(told > 0).toBe(true)
  })

  test('commits offsets with metadata, read by members and without', async (scenario) => {
    const at = await scenario.topic(2)
    const other = { ...at, partition: 1 }
    const member = scenario.member()
    member.join()
    await scenario.event(member, 'assigned')
    const unset = { ...other, offset: -1, metadata: '' }
    await member.commit([{ ...at, offset: 5, metadata: 'AgAAAA==' }])
    expect(await member.committed([at, other])).toEqual([{ ...at, offset: 5, metadata: 'AgAAAA==' }, unset])
    await member.commit([{ ...at, offset: 4, metadata: '' }])
    expect(await scenario.log.admin.groupOffsets(scenario.groupId)).toEqual([{ ...at, offset: 4, metadata: '' }])
    await member.close({ leave: true })
    const offsets: OffsetToCommit[] = [{ ...at, offset: 6, metadata: '' }]
    await refusal(() => member.commit(offsets))
  })

  test('expires a member that stays away, and the others go on', async (scenario) => {
    const gone = scenario.member(echo('gone', { sessionTimeoutMs: 1_500 }))
    const stays = scenario.member(echo('stays', { sessionTimeoutMs: 1_500 }))
    gone.join()
    stays.join()
    await scenario.settled(gone, stays)
    await gone.close({ leave: false })
    expect(await scenario.settled(stays)).toEqual(['1:stays|stays'])
  })

  test('keeps its membership over several session time-outs', async (scenario) => {
    const member = scenario.member({ sessionTimeoutMs: 1_000, heartbeatIntervalMs: 200 })
    member.join()
    const { generation } = await scenario.event(member, 'assigned')
    await scenario.log.clock.sleep(2_500)
    expect(member.nextEvent()).toBe(undefined)
    expect(member.metadata()?.generation).toBe(generation)
  })

  test('deletes an empty group with its offsets', async (scenario) => {
    const at = await scenario.topic()
    const { admin } = scenario.log
    const member = scenario.member()
    member.join()
    await scenario.event(member, 'assigned')
    await member.commit([{ ...at, offset: 1, metadata: '' }])
    await refusal(() => admin.deleteGroup(scenario.groupId))
    await member.close({ leave: true })
    await admin.deleteGroup(scenario.groupId)
    expect(await admin.groupOffsets(scenario.groupId)).toEqual([])
  })

  if (options.capabilities.staticMembership) {
    test('gives a static member its place back without a rebalance, and fences the old one', async (scenario) => {
      const stays = scenario.member(echo('stays'))
      const first = scenario.member(echo('static', { instanceId: 'i1' }))
      stays.join()
      first.join()
      await scenario.settled(stays, first)
      const generation = stays.metadata()?.generation
      const again = scenario.member(echo('back', { instanceId: 'i1' }))
      again.join()
      const { assignment } = await scenario.event(again, 'assigned')
      expect(Buffer.from(assignment).toString()).toBe('2:static|static,stays')
      expect(again.metadata()?.generation).toBe(generation)
      expect((await scenario.event(first, 'failed')).error).toMatchObject({ code: 'FENCED_INSTANCE_ID' })
      expect(stays.nextEvent()).toBe(undefined)
    })
  } else {
    test('refuses static membership', async (scenario) => {
      await refusal(() => scenario.member({ instanceId: 'i1' }).join())
    })
  }
}
