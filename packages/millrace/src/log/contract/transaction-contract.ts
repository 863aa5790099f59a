/**
 * What transactions must do: isolation, positions over markers, offsets with group metadata, fencing. An adapter without
 * them must refuse a transactional id.
 */

import type { GroupMember, GroupMetadata } from '../group.ts'
import type { TopicPartition } from '../log.ts'
import type { Producer } from '../producer.ts'
import { type ContractPart, type LogScenario, recordsOf, refusal } from './scenario.ts'

export function transactionContract({ test, expect, options }: ContractPart): void {
  const { transactions, requireStable, cooperative } = options.capabilities
  if (transactions === 'none') {
    test('refuses a transactional producer', async ({ log }) => {
      await refusal(() => log.producer({ transactionalId: `contract-${log.clock.uuid()}` }).init())
    })
    return
  }

  test('shows committed data only, in order, and moves over markers and aborted data', async (scenario) => {
    const at = await scenario.topic()
    const producer = await scenario.producer({ transactionalId: `contract-${scenario.log.clock.uuid()}` })
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['aborted 1', 'aborted 2']) })
    await producer.abort()
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['committed']) })
    await producer.commit()
    const committed = await scenario.readUntil(scenario.fetcher(at), at, 5)
    expect(committed.map(({ value, offset }) => [offset, value])).toEqual([[3, 'committed']])
    const all = await scenario.readUntil(scenario.fetcher(at, 0, { isolation: 'read_uncommitted' }), at, 5)
    expect(all.map(({ value }) => value)).toEqual(['aborted 1', 'aborted 2', 'committed'])
  })

  test('holds everything behind an open transaction back', async (scenario) => {
    const at = await scenario.topic()
    const producer = await scenario.producer({ transactionalId: `contract-${scenario.log.clock.uuid()}` })
    await scenario.write(at, 'before')
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['open']) })
    await scenario.write(at, 'behind')
    const fetcher = scenario.fetcher(at)
    const seen = await scenario.nextFetched(fetcher)
    expect(seen).toMatchObject({ nextOffset: 1, endOffset: 3, lastStableOffset: 1 })
    expect(await fetcher.poll(200)).toEqual([])
    const { admin } = scenario.log
    expect(await admin.listOffsets([at], 'latest', 'read_committed')).toEqual([{ ...at, offset: 1 }])
    expect(await admin.listOffsets([at], 'latest', 'read_uncommitted')).toEqual([{ ...at, offset: 3 }])
    await producer.commit()
    const rest = await scenario.readUntil(fetcher, at, 4)
    expect(rest.map(({ value }) => value)).toEqual(['open', 'behind'])
  })

  test('fences the older producer of an id and aborts what it left open', async (scenario) => {
    const at = await scenario.topic()
    const transactionalId = `contract-${scenario.log.clock.uuid()}`
    const old = await scenario.producer({ transactionalId })
    old.begin()
    await old.send({ ...at, records: recordsOf(['zombie']) })
    const fresh = await scenario.producer({ transactionalId })
    expect(await refusal(() => old.commit())).toMatchObject({ code: 'PRODUCER_FENCED', fatal: true })
    fresh.begin()
    await fresh.send({ ...at, records: recordsOf(['fresh']) })
    await fresh.commit()
    const rows = await scenario.readUntil(scenario.fetcher(at), at, 4)
    expect(rows.map(({ value }) => value)).toEqual(['fresh'])
  })

  test('ends an empty transaction, and begins only one at a time', async (scenario) => {
    const producer = await scenario.producer({ transactionalId: `contract-${scenario.log.clock.uuid()}` })
    producer.begin()
    await refusal(() => producer.begin())
    await producer.commit()
    producer.begin()
    await producer.abort()
  })

  test('aborts after its time-out', async (scenario) => {
    const at = await scenario.topic()
    const transactionalId = `contract-${scenario.log.clock.uuid()}`
    const producer = await scenario.producer({ transactionalId, transactionTimeoutMs: 1_000 })
    producer.begin()
    await producer.send({ ...at, records: recordsOf(['forgotten']) })
    expect(await scenario.readUntil(scenario.fetcher(at), at, 2)).toEqual([])
    await refusal(() => producer.commit())
  })

  test('commits offsets with the transaction, as a member', async (scenario) => {
    const { at, member, metadata, producer } = await begunAsMember(scenario)
    await producer.sendOffsets(metadata, [{ ...at, offset: 7, metadata: 'm' }])
    if (requireStable) {
      const stable = member.committed([at], { requireStable: true })
      expect(await member.committed([at])).toEqual([{ ...at, offset: -1, metadata: '' }])
      await producer.commit()
      expect(await stable).toEqual([{ ...at, offset: 7, metadata: 'm' }])
    } else await producer.commit()
    producer.begin()
    await producer.sendOffsets(metadata, [{ ...at, offset: 9, metadata: 'n' }])
    await producer.abort()
    expect(await member.committed([at])).toEqual([{ ...at, offset: 7, metadata: 'm' }])
  })

  if (transactions === 'v2') {
    test('refuses offsets of a member of an older generation', async (scenario) => {
      const { at, metadata, producer } = await begunAsMember(scenario)
      const stale = { ...metadata, generation: metadata.generation - 1 }
      const offsets = [{ ...at, offset: 1, metadata: '' }]
      expect(await refusal(() => producer.sendOffsets(stale, offsets))).toMatchObject({ code: 'ILLEGAL_GENERATION' })
      await producer.abort()
    })

    test('aborts a transaction whose offsets were refused', async (scenario) => {
      const { at, metadata, producer } = await begunAsMember(scenario)
      await producer.send({ ...at, records: recordsOf(['never']) })
      const stale = { ...metadata, generation: metadata.generation - 1 }
      await refusal(() => producer.sendOffsets(stale, [{ ...at, offset: 1, metadata: '' }]))
      await refusal(() => producer.commit())
      await producer.abort()
      producer.begin()
      await producer.send({ ...at, records: recordsOf(['seen']) })
      await producer.commit()
      const rows = await scenario.readUntil(scenario.fetcher(at), at, 4)
      expect(rows.map(({ value }) => value)).toEqual(['seen'])
    })
  }

  if (transactions === 'v2' && cooperative) {
    test('takes offsets that crossed the start of a generation under the new one, and does not commit without', async (scenario) => {
      const at = await scenario.topic()
      let release: () => void = () => {}
      const assigning = new Promise<void>((resolve) => {
        release = resolve
      })
      let begun = false
      const leader = scenario.member({
        async assign(members) {
          begun = members.length > 1
          if (begun) await assigning
          return new Map(members.map(({ memberId }) => [memberId, Buffer.from('assignment')]))
        },
      })
      leader.join()
      const before = await scenario.metadataOf(leader)
      const producer = await scenario.producer({ transactionalId: `contract-${scenario.log.clock.uuid()}` })
      producer.begin()
      await producer.send({ ...at, records: recordsOf(['once']) })
      const other = scenario.member()
      other.join()
      await scenario.until('a generation to be assigned', async () => {
        await scenario.log.clock.sleep(5)
        return begun
      })
      const offsets = [{ ...at, offset: 7, metadata: '' }]
      expect(await refusal(() => producer.sendOffsets(before, offsets))).toMatchObject({ code: 'ILLEGAL_GENERATION' })
      await refusal(() => producer.commit())
      release()
      await scenario.settled(leader, other)
      const after = leader.metadata() ?? before
      expect([after.memberId, after.generation > before.generation]).toEqual([before.memberId, true])
      await producer.sendOffsets(after, offsets)
      await producer.commit()
      // The answer to the end of a transaction may come before its marker is in the group's offsets.
      expect(await leader.committed([at], { requireStable: true })).toEqual([{ ...at, offset: 7, metadata: '' }])
      const rows = await scenario.readUntil(scenario.fetcher(at), at, 2)
      expect(rows.map(({ value }) => value)).toEqual(['once'])
    })
  }
}

/** A topic's partition, a member of a group, and a transaction that is open. */
async function begunAsMember(scenario: LogScenario): Promise<{
  at: TopicPartition
  member: GroupMember
  metadata: GroupMetadata
  producer: Producer
}> {
  const at = await scenario.topic()
  const member = scenario.member()
  member.join()
  const metadata = await scenario.metadataOf(member)
  const producer = await scenario.producer({ transactionalId: `contract-${scenario.log.clock.uuid()}` })
  producer.begin()
  return { at, member, metadata, producer }
}
