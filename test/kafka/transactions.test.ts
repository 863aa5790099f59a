/** Markers, aborted data and open transactions: written by kafkajs and by us, read by both. */

import { Kafka, logLevel } from 'kafkajs'
import type { GroupMetadata, Log } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { address, batchOf, describeOnKafka, fresh, freshTopic, openLog, readUntil } from './broker-under-test.ts'

/** Offsets committed by somebody who is no member of the group. */
function outsider(groupId: string): GroupMetadata {
  return { groupId, generation: -1, memberId: '' }
}

describeOnKafka('transactions on Kafka', () => {
  let log: Log

  beforeAll(() => {
    log = openLog()
  })
  afterAll(() => log.close())

  it('leaves out what kafkajs aborted, and its markers, and moves over both', async () => {
    const topic = await freshTopic(log, 'kafkajs-txn')
    const kafkajs = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
    const producer = kafkajs.producer({ transactionalId: fresh('kafkajs'), maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    for (const [name, commit] of [
      ['first', true],
      ['second', false],
      ['third', true],
      ['fourth', false],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({
        topic,
        messages: [
          { key: 'k', value: `${name} 0` },
          { key: 'k', value: `${name} 1` },
        ],
      })
      if (commit) await transaction.commit()
      else await transaction.abort()
    }
    await producer.disconnect()
    // Four transactions of two records and a marker each.
    const committed = await readUntil(log, { topic, partition: 0 }, 12)
    expect(committed.map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'first 0'],
      [1, 'first 1'],
      [6, 'third 0'],
      [7, 'third 1'],
    ])
    const all = await readUntil(log, { topic, partition: 0 }, 12, { isolation: 'read_uncommitted' })
    expect(all.map(({ offset }) => offset)).toEqual([0, 1, 3, 4, 6, 7, 9, 10])
    // A position in the middle of an aborted transaction.
    expect(await readUntil(log, { topic, partition: 0 }, 12, { from: 4 })).toHaveLength(2)
    expect(await readUntil(log, { topic, partition: 0 }, 12, { from: 10 })).toEqual([])
  })

  it('shows a transaction when it is committed, and its offsets with it', async () => {
    const topic = await freshTopic(log, 'ours')
    const groupId = fresh('group')
    const producer = log.producer({ transactionalId: fresh('ours') })
    await producer.init()
    producer.begin()
    await producer.send({ topic, partition: 0, records: batchOf(['a', 'b']) })
    await producer.sendOffsets(outsider(groupId), [{ topic, partition: 0, offset: 7, metadata: 'time' }])
    const fetcher = log.fetcher({ maxWaitMs: 50 })
    fetcher.assign({ topic, partition: 0 }, 0)
    expect(await fetcher.poll(300)).toEqual([])
    expect(await log.admin.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed')).toMatchObject([
      { offset: 0 },
    ])
    expect(await log.admin.listOffsets([{ topic, partition: 0 }], 'latest')).toMatchObject([{ offset: 2 }])
    expect(await log.admin.groupOffsets(groupId)).toEqual([])
    await producer.commit()
    expect(await fetcher.poll(5000)).toMatchObject([{ batch: { count: 2 } }])
    expect(await readUntil(log, { topic, partition: 0 }, 3)).toHaveLength(2)
    // The answer to the end of a transaction may come before its marker is in the group's offsets.
    await expect
      .poll(() => log.admin.groupOffsets(groupId), { timeout: 5000 })
      .toEqual([{ topic, partition: 0, offset: 7, metadata: 'time' }])
    await fetcher.close()
    await producer.close()
  })

  it('aborts records and offsets, and an empty transaction costs nothing', async () => {
    const topic = await freshTopic(log, 'aborted')
    const groupId = fresh('group')
    const producer = log.producer({ transactionalId: fresh('aborted') })
    await producer.init()
    producer.begin()
    await producer.commit()
    producer.begin()
    await producer.send({ topic, partition: 0, records: batchOf(['never']) })
    await producer.sendOffsets(outsider(groupId), [{ topic, partition: 0, offset: 1, metadata: '' }])
    await producer.abort()
    producer.begin()
    await producer.send({ topic, partition: 0, records: batchOf(['seen']) })
    await producer.commit()
    expect((await readUntil(log, { topic, partition: 0 }, 4)).map(({ offset, value }) => [offset, value])).toEqual([
      [2, 'seen'],
    ])
    expect(await log.admin.groupOffsets(groupId)).toEqual([])
    await producer.close()
  })

  it('fences the older producer of a transactional id and aborts what it left open', async () => {
    const topic = await freshTopic(log, 'fenced')
    const transactionalId = fresh('fenced')
    const older = log.producer({ transactionalId })
    await older.init()
    older.begin()
    await older.send({ topic, partition: 0, records: batchOf(['zombie']) })
    const newer = log.producer({ transactionalId })
    await newer.init()
    await expect(older.commit()).rejects.toMatchObject({ code: 'PRODUCER_FENCED', fatal: true })
    await expect(older.init()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    newer.begin()
    await newer.send({ topic, partition: 0, records: batchOf(['alive']) })
    await newer.commit()
    expect((await readUntil(log, { topic, partition: 0 }, 4)).map(({ value }) => value)).toEqual(['alive'])
    await Promise.all([older.close(), newer.close()])
  })

  it('waits for offsets of an open transaction only if asked', async () => {
    const groupId = fresh('stable')
    const topic = await freshTopic(log, 'stable')
    const producer = log.producer({ transactionalId: fresh('stable') })
    await producer.init()
    producer.begin()
    await producer.sendOffsets(outsider(groupId), [{ topic, partition: 0, offset: 9, metadata: '' }])
    const member = log.member({
      groupId,
      protocolName: 'stream',
      subscription: () => new Uint8Array(),
      assign: async () => new Map(),
    })
    expect(await member.committed([{ topic, partition: 0 }])).toMatchObject([{ offset: -1 }])
    let settled = false
    const stable = member.committed([{ topic, partition: 0 }], { requireStable: true }).finally(() => {
      settled = true
    })
    await log.clock.sleep(300)
    expect(settled).toBe(false)
    await producer.commit()
    expect(await stable).toMatchObject([{ offset: 9 }])
    await Promise.all([producer.close(), member.close()])
  })
})
