/** Records through kafkajs: every codec, with the sibling adapter as counterpart on the other side. */

import { kafkaLog } from '@millrace/kafka'
import { type Log, RecordBatchBuilder } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { address, batchOf, describeOnKafka, freshTopic, openLog, readUntil } from './broker-under-test.ts'

describeOnKafka('records through kafkajs', () => {
  let log: Log
  let sibling: Log

  beforeAll(() => {
    log = openLog()
    sibling = kafkaLog({ brokers: address })
  })
  afterAll(() => Promise.all([log.close(), sibling.close()]))

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`writes and reads ${compression}, and so does the other adapter`, async () => {
      const topic = await freshTopic(log, `through-kafkajs-${compression}`)
      const text = (writer: number, batch: number, row: number): string =>
        `${writer}/${batch}/${row} ${'text '.repeat(20)}`
      for (const [writer, from] of [log, sibling].entries()) {
        const producer = from.producer({ compression })
        await producer.init()
        const sends = Array.from({ length: 10 }, (_, batch) =>
          producer.send({
            topic,
            partition: 0,
            records: batchOf(Array.from({ length: 25 }, (_, row) => text(writer, batch, row))),
          }),
        )
        const offsets = (await Promise.all(sends)).map(({ baseOffset }) => baseOffset)
        expect(offsets).toEqual(Array.from({ length: 10 }, (_, batch) => writer * 250 + batch * 25))
        await producer.close()
      }
      const ours = await readUntil(log, { topic, partition: 0 }, 500)
      expect(ours.map(({ value }) => value)).toEqual(
        Array.from({ length: 500 }, (_, n) => text(Math.floor(n / 250), Math.floor(n / 25) % 10, n % 25)),
      )
      expect(await readUntil(sibling, { topic, partition: 0 }, 500)).toEqual(ours)
      expect(await readUntil(log, { topic, partition: 0 }, 500, { from: 237 })).toEqual(ours.slice(237))
    })
  }

  it('moves the position over what compaction removed', async () => {
    const topic = await freshTopic(log, 'compacted-kafkajs', {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0',
      'max.compaction.lag.ms': '100',
    })
    const producer = log.producer()
    await producer.init()
    const write = async (key: string, value: string): Promise<void> => {
      const records = new RecordBatchBuilder()
      records.append(key, value, Date.now(), undefined)
      await producer.send({ topic, partition: 0, records })
    }
    for (let index = 0; index < 20; index++) await write('same', `${index}`)
    await log.clock.sleep(300)
    await write('other', 'last')
    const read = async (): Promise<(string | null)[]> =>
      (await readUntil(log, { topic, partition: 0 }, 21)).map(({ value }) => value)
    // The cleaner runs every 15 s.
    await expect.poll(read, { timeout: 50_000, interval: 500 }).toEqual(['19', 'last'])
    expect(await readUntil(log, { topic, partition: 0 }, 21, { from: 5 })).toHaveLength(2)
  }, 60_000)
})
