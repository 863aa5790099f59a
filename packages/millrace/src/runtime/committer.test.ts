/** What becomes of offsets that are refused, by a group that is scripted: which generations there are, and what it answers. */

import { describe, expect, it } from 'vitest'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { GroupEvent, GroupMember, GroupMetadata } from '../log/group.ts'
import type { Producer } from '../log/producer.ts'
import { type Clock, systemClock } from '../record/clock.ts'
import { LogError } from '../record/errors.ts'
import { encodeAssignment, NO_TASKS } from './assignment/assignment.ts'
import { Committer } from './committer.ts'
import { GroupInbox } from './group-inbox.ts'
import type { Output } from './output.ts'
import type { Task } from './task.ts'
import { TopicNames } from './topic-names.ts'

interface Script {
  readonly instanceId?: string
  readonly cooperative?: boolean
  readonly refusal?: string
  /** What happens to it while the offsets are on their way. */
  readonly underway?: (group: { lose(): void }) => void
  /** What happens to the membership while the committer waits, at most once for each sleep. */
  readonly meanwhile: ((group: { generation: number; lose(): void }) => void)[]
}

/** Commits offsets that crossed the start of a generation; gives the generations under which they were sent. */
async function crossing(script: Script): Promise<number[]> {
  const { instanceId, cooperative = true, refusal = 'ILLEGAL_GENERATION', meanwhile } = script
  const events: GroupEvent[] = []
  const inbox = new GroupInbox()
  const member = { nextEvent: () => events.shift() }
  const group = {
    generation: 5,
    lose() {
      const assignment = encodeAssignment(NO_TASKS, [])
      events.push({ type: 'lost' }, { type: 'assigned', generation: 9, assignment })
      inbox.receive(member)
    },
  }
  const metadata = (): GroupMetadata => ({ groupId: 'g', generation: group.generation, memberId: 'm', instanceId })
  let now = 0
  const clock: Clock = {
    ...systemClock(),
    monotonic: () => now,
    async sleep(ms) {
      now += ms
      meanwhile.shift()?.(group)
    },
  }
  const sent: number[] = []
  const producer: Pick<Producer, 'sendOffsets' | 'commit'> = {
    async sendOffsets({ generation }) {
      sent.push(generation)
      if (sent.length > 1) return
      script.underway?.(group)
      throw new LogError(refusal, refusal)
    },
    async commit() {},
  }
  const output = {
    inTransaction: true,
    producer,
    async flush() {},
    ensureTransaction() {},
    committed() {},
    endOffset: () => undefined,
  }
  const offsets = [{ topic: 't', partition: 0, offset: 1, metadata: '' }]
  const task = { stores: [], commitNeeded: true, prepareCommit: () => offsets, completeCommit() {} }
  const committer = new Committer({
    member: { ...member, metadata } as unknown as GroupMember,
    inbox,
    output: output as unknown as Output,
    names: new TopicNames('app', new StreamsBuilder().build()),
    clock,
    transactional: true,
    cooperative,
    patienceMs: 1_000,
    onCommitted() {},
  })
  await committer.commit([task as unknown as Task])
  return sent
}

const next: Script['meanwhile'][number] = (group) => {
  group.generation++
}
const wait: Script['meanwhile'][number] = () => {}

describe('offsets refused because their generation is over', () => {
  it('are sent again once this member is in a newer one', async () => {
    expect(await crossing({ meanwhile: [wait, wait, next] })).toEqual([5, 6])
    expect(await crossing({ instanceId: 'one', meanwhile: [wait, next] })).toEqual([5, 6])
  })

  it('are sent again in the same one if the group only was not ready', async () => {
    expect(await crossing({ refusal: 'REBALANCE_IN_PROGRESS', meanwhile: [wait] })).toEqual([5, 5])
  })

  it('are sent again when several rebalances followed one another', async () => {
    const twice: typeof next = (group) => {
      group.generation += 2
    }
    expect(await crossing({ meanwhile: [twice] })).toEqual([5, 7])
    // The group keeps a static member that missed a generation, and may have given its tasks away.
    await expect(crossing({ instanceId: 'one', meanwhile: [twice] })).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    })
  })

  it('are not sent again once membership was lost, though won again', async () => {
    const meanwhile = [wait, (group: Parameters<typeof next>[0]) => group.lose(), next]
    await expect(crossing({ meanwhile })).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  })

  it('are lost, and no more, where a static member was thrown out and its own return fences it', async () => {
    const refusal = 'FENCED_INSTANCE_ID'
    const underway: Script['underway'] = (group) => group.lose()
    await expect(crossing({ instanceId: 'one', refusal, underway, meanwhile: [] })).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
    })
  })

  it('are not sent again where a member gives everything up before it joins, nor when patience is at an end', async () => {
    await expect(crossing({ cooperative: false, meanwhile: [next] })).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    })
    await expect(crossing({ meanwhile: [] })).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
  })

  it.each([
    'UNKNOWN_MEMBER_ID',
    'FENCED_INSTANCE_ID',
    'PRODUCER_FENCED',
  ])('are lost where the group says %s', async (refusal) => {
    await expect(crossing({ refusal, meanwhile: [next] })).rejects.toMatchObject({ code: refusal })
  })
})
