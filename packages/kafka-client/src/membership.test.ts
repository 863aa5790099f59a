import { type GroupMemberOptions, systemClock } from 'millrace/log'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answers, LOST, type ScriptedClient, scriptedClient } from './fixtures/scripted-client.ts'
import { Membership } from './membership.ts'
import { Metadata } from './metadata.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const offsets = [{ topic: 't', partition: 0, offset: 1, metadata: '' }]

/** A group of one, whose generation each join counts up; `held` keeps joins waiting. */
class Group {
  readonly client: ScriptedClient
  readonly member: Membership
  held: Promise<void> | undefined
  commitCode = 0
  #generation = 0

  constructor(
    cooperative: boolean,
    answers: Answers = {},
    assign: GroupMemberOptions['assign'] = async () => new Map(),
    heartbeatIntervalMs = 100,
  ) {
    this.client = scriptedClient({
      findCoordinator: () => ({ errorCode: 0, host: 'broker', port: 1 }),
      joinGroup: async () => {
        await this.held
        const place = { memberId: 'm', leaderId: 'm', generation: ++this.#generation }
        return { ...place, errorCode: 0, protocolName: 'p', skipAssignment: false, members: [] }
      },
      syncGroup: () => ({ errorCode: 0, assignment: Buffer.from('mine') }),
      heartbeat: () => ({ errorCode: 0 }),
      offsetCommit: () => [{ topic: 't', partition: 0, errorCode: this.commitCode }],
      leaveGroup: () => ({ errorCode: 0 }),
      ...answers,
    })
    const clock = systemClock()
    const metadata = new Metadata(this.client, [{ host: 'bootstrap', port: 1 }], clock)
    const cluster = { client: this.client, metadata, clock }
    const options = {
      groupId: 'g',
      protocolName: 'p',
      heartbeatIntervalMs,
      subscription: () => new Uint8Array(1),
      assign,
    }
    this.member = new Membership(cluster, options, cooperative)
  }

  /** The events so far, once nothing moves any more. */
  async events(): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(0)
    const types: string[] = []
    for (let event = this.member.nextEvent(); event !== undefined; event = this.member.nextEvent())
      types.push(event.type)
    return types
  }

  count(api: ScriptedClient['asked'][number]): number {
    return this.client.asked.filter((each) => each === api).length
  }
}

/** Holds joins, which a broker does until all members are there. */
function hold(group: Group): () => void {
  let release: () => void = () => {}
  group.held = new Promise((resolve) => {
    release = resolve
  })
  return release
}

/** A commit that is answered, with a refusal, only when the next generation has begun. */
async function refusedAcrossGenerations(cooperative: boolean): Promise<void> {
  let answer: (code: number) => void = () => {}
  const group = new Group(cooperative, {
    offsetCommit: () =>
      new Promise((resolve) => {
        answer = (errorCode) => resolve([{ topic: 't', partition: 0, errorCode }])
      }),
  })
  group.member.join()
  await group.events()
  const committed = group.member.commit(offsets)
  group.member.rejoin()
  if (!cooperative) {
    expect(await group.events()).toEqual(['revokeAll'])
    group.member.revoked()
  }
  expect(await group.events()).toEqual(['assigned'])
  answer(22)
  return committed
}

describe('a cooperative member', () => {
  it('keeps what it has while it joins again', async () => {
    const group = new Group(true)
    group.member.join()
    expect(await group.events()).toEqual(['assigned'])
    group.member.rejoin()
    expect(await group.events()).toEqual(['assigned'])
    expect(group.member.metadata()).toEqual({ groupId: 'g', generation: 2, memberId: 'm', instanceId: undefined })
  })

  it('may commit again what crossed a rebalance', async () => {
    const group = new Group(true)
    group.member.join()
    await group.events()
    group.commitCode = 22
    await expect(group.member.commit(offsets)).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
    const release = hold(group)
    group.member.rejoin()
    await group.events()
    await expect(group.member.commit(offsets)).rejects.toMatchObject({ code: 'REBALANCE_IN_PROGRESS' })
    release()
    await group.events()
    await expect(group.member.commit(offsets)).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
  })

  it('may commit again what was refused after the new generation began', async () => {
    await expect(refusedAcrossGenerations(true)).rejects.toMatchObject({ code: 'REBALANCE_IN_PROGRESS' })
  })
})

describe('heartbeats', () => {
  const perTenSeconds = async (group: Group): Promise<number> => {
    const before = group.count('heartbeat')
    await vi.advanceTimersByTimeAsync(10_000)
    return group.count('heartbeat') - before
  }

  it('are frequent after a cooperative rebalance, which another one follows, and then as configured', async () => {
    const group = new Group(true, {}, undefined, 2_000)
    group.member.join()
    await group.events()
    expect([await perTenSeconds(group), await perTenSeconds(group)]).toEqual([40, 5])
    group.member.rejoin()
    await group.events()
    expect(await perTenSeconds(group)).toBe(40)
    await group.member.close()
  })

  it('are as configured after an eager one', async () => {
    const group = new Group(false, {}, undefined, 2_000)
    group.member.join()
    await group.events()
    expect(await perTenSeconds(group)).toBe(5)
    await group.member.close()
  })
})

describe('an eager member', () => {
  it('joins again only when everything was given up, and sends heartbeats until then', async () => {
    const group = new Group(false)
    group.member.join()
    expect(await group.events()).toEqual(['assigned'])
    group.member.rejoin()
    expect(await group.events()).toEqual(['revokeAll'])
    await vi.advanceTimersByTimeAsync(350)
    expect([group.count('heartbeat'), group.count('joinGroup')]).toEqual([3, 1])
    group.member.revoked()
    expect(await group.events()).toEqual(['assigned'])
    expect(group.count('joinGroup')).toBe(2)
  })

  it('has lost what is refused while it gives everything up, and nothing while it joins', async () => {
    const group = new Group(false)
    group.member.join()
    await group.events()
    group.commitCode = 22
    const release = hold(group)
    group.member.rejoin()
    expect(await group.events()).toEqual(['revokeAll'])
    await expect(group.member.commit(offsets)).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
    group.member.revoked()
    await group.events()
    await expect(group.member.commit(offsets)).rejects.toMatchObject({ code: 'REBALANCE_IN_PROGRESS' })
    release()
  })

  it('has lost what was refused after the new generation began, for it gave up what it had', async () => {
    await expect(refusedAcrossGenerations(false)).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
  })

  it('ends when it is closed while it waits', async () => {
    const group = new Group(false)
    group.member.join()
    await group.events()
    group.member.rejoin()
    await group.events()
    await group.member.close()
    expect([group.count('joinGroup'), group.count('leaveGroup')]).toEqual([1, 1])
  })
})

describe('a member', () => {
  it('sends heartbeats while its leader thinks, whatever becomes of one of them', async () => {
    let finish: () => void = () => {}
    let beats = 0
    const thinking = new Promise<ReadonlyMap<string, Uint8Array>>((resolve) => {
      finish = () => resolve(new Map())
    })
    const heartbeat = (): { errorCode: number } => {
      if (++beats === 1) throw LOST
      return { errorCode: 0 }
    }
    const group = new Group(true, { heartbeat, syncGroup: () => new Promise(() => {}) }, () => thinking)
    group.member.join()
    await vi.advanceTimersByTimeAsync(350)
    expect(beats).toBe(3)
    finish()
    await vi.advanceTimersByTimeAsync(500)
    expect(beats).toBe(3)
  })
})
