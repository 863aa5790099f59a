/**
 * What exactly once v1 rests on: one transactional id a task; whoever takes a task over initialises its producer, then reads
 * the committed offsets. Nothing undecided is left by then, although kafkajs cannot ask for stable offsets.
 */

import { kafkaJsLog } from '@millrace/kafkajs'
import type { GroupMetadata, Log, Producer } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { faultProxy } from '../kafka/fault-proxy.ts'
import { address, batchOf, describeOnKafka, fresh, freshTopic, openLog, readUntil } from './broker-under-test.ts'

const END_TXN = 26

describeOnKafka('exactly once v1 on kafkajs', () => {
  let log: Log

  beforeAll(() => {
    log = openLog()
  })
  afterAll(() => log.close())

  /** Members are not asked: the group is named only. */
  function outsider(groupId: string): GroupMetadata {
    return { groupId, generation: -1, memberId: '' }
  }

  async function initialised(on: Log, transactionalId: string): Promise<Producer> {
    const producer = on.producer({ transactionalId })
    await producer.init()
    return producer
  }

  it('ends what a zombie left open before the offsets are read, and fences the zombie', async () => {
    const topic = await freshTopic(log, 'v1-zombie')
    const at = { topic, partition: 0 }
    const group = outsider(fresh('v1-group'))
    const task = fresh('v1-app-0_0')
    const zombie = await initialised(log, task)
    zombie.begin()
    await zombie.send({ ...at, records: batchOf(['first']) })
    await zombie.sendOffsets(group, [{ ...at, offset: 1, metadata: 'a' }])
    await zombie.commit()
    zombie.begin()
    await zombie.send({ ...at, records: batchOf(['never']) })
    await zombie.sendOffsets(group, [{ ...at, offset: 2, metadata: 'b' }])
    const successor = await initialised(log, task)
    const offsets = (): Promise<object[]> => log.admin.groupOffsets(group.groupId)
    expect(await offsets()).toEqual([{ ...at, offset: 1, metadata: 'a' }])
    await expect(zombie.sendOffsets(group, [{ ...at, offset: 3, metadata: 'c' }])).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
      fatal: true,
    })
    await expect(zombie.commit()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    successor.begin()
    await successor.send({ ...at, records: batchOf(['second']) })
    await successor.sendOffsets(group, [{ ...at, offset: 2, metadata: 'd' }])
    await successor.commit()
    // No init() follows, and the answer to the end of a transaction may come before its marker is in the group's offsets.
    await expect.poll(offsets, { timeout: 5000 }).toEqual([{ ...at, offset: 2, metadata: 'd' }])
    // Two records and a marker each in three transactions, one of them aborted.
    expect((await readUntil(log, at, 6)).map(({ value }) => value)).toEqual(['first', 'second'])
  })

  it('knows after init() how a transaction ended whose answer was lost', async () => {
    const topic = await freshTopic(log, 'v1-unknown')
    const at = { topic, partition: 0 }
    const [host, port] = address.split(':')
    const proxy = await faultProxy({ host, port: Number(port) }, new Set([END_TXN]), 1)
    const reach = { host: '127.0.0.1', port: proxy.port }
    const faulty = kafkaJsLog({ brokers: `127.0.0.1:${proxy.port}`, mapBroker: () => reach })
    const group = outsider(fresh('v1-group'))
    const producer = await initialised(faulty, fresh('v1-app-0_0'))
    for (let round = 1; round <= 5; round++) {
      producer.begin()
      await producer.send({ ...at, records: batchOf([`round ${round}`]) })
      await producer.sendOffsets(group, [{ ...at, offset: round, metadata: '' }])
      proxy.failing = 1
      await expect(producer.commit()).rejects.toMatchObject({ code: 'TRANSACTION_STATE_UNKNOWN' })
      proxy.failing = 0
      await producer.init()
      expect(await faulty.admin.groupOffsets(group.groupId)).toEqual([{ ...at, offset: round, metadata: '' }])
    }
    expect(await readUntil(log, at, 10)).toHaveLength(5)
    await faulty.close()
    await proxy.close()
  })
})
