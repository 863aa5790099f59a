/** Through kafkajs: what was executed although its answer was lost: nothing twice, nothing out of order, nothing guessed. */

import { kafkaJsLog } from '@millrace/kafkajs'
import type { Log } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultProxy, faultProxy } from '../kafka/fault-proxy.ts'
import { address, batchOf, describeOnKafka, fresh, freshTopic, openLog, readUntil } from './broker-under-test.ts'

const PRODUCE = 0
const FETCH = 1
const HEARTBEAT = 12
const END_TXN = 26

describeOnKafka('lost answers', () => {
  const [host, port] = address.split(':')
  const target = { host, port: Number(port) }
  let healthy: Log

  beforeAll(() => {
    healthy = openLog()
  })
  afterAll(() => healthy.close())

  async function through(
    apiKeys: number[],
    seed: number,
    use: (log: Log, proxy: FaultProxy) => Promise<void>,
  ): Promise<void> {
    const proxy = await faultProxy(target, new Set(apiKeys), seed)
    const at = { host: '127.0.0.1', port: proxy.port }
    const log = kafkaJsLog({ brokers: `127.0.0.1:${proxy.port}`, mapBroker: () => at })
    try {
      await use(log, proxy)
    } finally {
      await log.close()
      await proxy.close()
    }
  }

  for (const seed of [1, 2, 3]) {
    it(`produces each batch once and in order while answers are lost (seed ${seed})`, async () => {
      const topic = await freshTopic(healthy, 'lost', {}, 3)
      await through([PRODUCE, FETCH], seed, async (log, proxy) => {
        const producer = log.producer()
        await producer.init()
        proxy.failing = 0.3
        const sends: Promise<{ partition: number; baseOffset: number }>[] = []
        for (let index = 0; index < 150; index++) {
          sends.push(producer.send({ topic, partition: index % 3, records: batchOf([`${index} a`, `${index} b`]) }))
          if (index % 7 === 0) await log.clock.sleep(5)
        }
        const results = await Promise.all(sends)
        expect(proxy.cuts).toBeGreaterThan(5)
        for (let partition = 0; partition < 3; partition++) {
          const expected = Array.from({ length: 50 }, (_, round) => [
            `${round * 3 + partition} a`,
            `${round * 3 + partition} b`,
          ]).flat()
          const rows = await readUntil(log, { topic, partition }, 100)
          expect(rows.map(({ value }) => value)).toEqual(expected)
          expect(await healthy.admin.listOffsets([{ topic, partition }], 'latest')).toMatchObject([{ offset: 100 }])
          const known = results.filter((result) => result.partition === partition && result.baseOffset >= 0)
          for (const { baseOffset } of known) expect(baseOffset % 2).toBe(0)
        }
      })
    }, 60_000)
  }

  it('says that the end of a transaction is unknown, and init() finds out', async () => {
    const topic = await freshTopic(healthy, 'unknown')
    await through([END_TXN], 1, async (log, proxy) => {
      const producer = log.producer({ transactionalId: fresh('unknown') })
      await producer.init()
      producer.begin()
      await producer.send({ topic, partition: 0, records: batchOf(['maybe']) })
      proxy.failing = 1
      await expect(producer.commit()).rejects.toMatchObject({ code: 'TRANSACTION_STATE_UNKNOWN' })
      expect(() => producer.begin()).toThrow(/unknown/)
      proxy.failing = 0
      await producer.init()
      producer.begin()
      await producer.send({ topic, partition: 0, records: batchOf(['surely']) })
      await producer.commit()
      // The broker had executed the commit whose answer was lost.
      expect((await readUntil(healthy, { topic, partition: 0 }, 4)).map(({ value }) => value)).toEqual([
        'maybe',
        'surely',
      ])
    })
  })

  it('gives up after the delivery time-out, and the next batch is neither lost nor doubled', async () => {
    const topic = await freshTopic(healthy, 'timeout')
    await through([PRODUCE], 1, async (log, proxy) => {
      const producer = log.producer({ deliveryTimeoutMs: 700 })
      await producer.init()
      await producer.send({ topic, partition: 0, records: batchOf(['before']) })
      proxy.failing = 1
      await expect(producer.send({ topic, partition: 0, records: batchOf(['unknown']) })).rejects.toMatchObject({
        code: 'DELIVERY_TIMEOUT',
        coordinates: { topic, partition: 0 },
      })
      proxy.failing = 0
      expect((await producer.send({ topic, partition: 0, records: batchOf(['after']) })).baseOffset).toBe(2)
      expect((await readUntil(healthy, { topic, partition: 0 }, 3)).map(({ value }) => value)).toEqual([
        'before',
        'unknown',
        'after',
      ])
    })
  })

  it('keeps its place in the group while heartbeats lose their answers', async () => {
    await through([HEARTBEAT], 5, async (log, proxy) => {
      const member = log.member({
        groupId: fresh('beats'),
        protocolName: 'stream',
        sessionTimeoutMs: 3000,
        heartbeatIntervalMs: 100,
        subscription: () => new Uint8Array([1]),
        assign: async (members) => new Map(members.map(({ memberId }) => [memberId, new Uint8Array([2])])),
      })
      member.join()
      await log.clock.sleep(500)
      const joined = member.metadata()
      expect(joined).toBeDefined()
      proxy.failing = 0.3
      await log.clock.sleep(3000)
      proxy.failing = 0
      await log.clock.sleep(500)
      expect(proxy.cuts).toBeGreaterThan(3)
      expect(member.metadata()?.memberId).toBe(joined?.memberId)
      await member.commit([])
      const events = []
      for (let event = member.nextEvent(); event !== undefined; event = member.nextEvent()) events.push(event.type)
      expect(events).not.toContain('lost')
    })
  })
})
