/** Records to and from a real broker: codecs, sizes, positions, and other clients as counterparts. */

import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { Headers, type Log, LogError, RecordBatchBuilder } from 'millrace/log'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { address, batchOf, describeOnKafka, freshTopic, readUntil } from './broker-under-test.ts'

describeOnKafka('records on Kafka', () => {
  let log: Log
  let kafkajs: Kafka

  beforeAll(async () => {
    const { openLog } = await import('./broker-under-test.ts')
    log = openLog()
    kafkajs = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
  })
  afterAll(() => log.close())

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`writes and reads ${compression}, in order, over many batches`, async () => {
      const topic = await freshTopic(log, compression)
      const producer = log.producer({ compression })
      await producer.init()
      const sends = Array.from({ length: 40 }, (_, batch) =>
        producer.send({
          topic,
          partition: 0,
          records: batchOf(Array.from({ length: 25 }, (_, row) => `${batch}/${row} ${'text '.repeat(20)}`)),
        }),
      )
      const results = await Promise.all(sends)
      expect(results.map(({ baseOffset }) => baseOffset)).toEqual(Array.from({ length: 40 }, (_, batch) => batch * 25))
      const rows = await readUntil(log, { topic, partition: 0 }, 1000)
      expect(rows.map(({ value }) => value?.split(' ')[0])).toEqual(
        Array.from({ length: 1000 }, (_, index) => `${Math.floor(index / 25)}/${index % 25}`),
      )
      const middle = await readUntil(log, { topic, partition: 0 }, 1000, { from: 987 })
      expect(middle.map(({ offset }) => offset)).toEqual(Array.from({ length: 13 }, (_, index) => 987 + index))
    })
  }

  it('keeps null keys and values, empty ones, headers and timestamps', async () => {
    const topic = await freshTopic(log, 'nulls')
    const producer = log.producer()
    await producer.init()
    const records = new RecordBatchBuilder()
    records.append(null, 'no key', 1_700_000_000_000, undefined)
    records.append(
      'no value',
      null,
      3,
      new Headers([
        { key: 'h', value: Buffer.from('1') },
        { key: 'i', value: Buffer.from('ö') },
      ]),
    )
    records.append('', '', 0, undefined)
    await producer.send({ topic, partition: 0, records })
    expect(await readUntil(log, { topic, partition: 0 }, 3)).toEqual([
      { offset: 0, key: null, value: 'no key', timestamp: 1_700_000_000_000, headers: {} },
      { offset: 1, key: 'no value', value: null, timestamp: 3, headers: { h: '1', i: 'ö' } },
      { offset: 2, key: '', value: '', timestamp: 0, headers: {} },
    ])
  })

  it('passes a record of 5 MB and refuses an oversize one with its coordinates, without stopping the next', async () => {
    const topic = await freshTopic(log, 'large', { 'max.message.bytes': '6000000' })
    const producer = log.producer()
    await producer.init()
    const large = 'x'.repeat(5 * 1024 * 1024)
    await producer.send({ topic, partition: 0, records: batchOf([large]) })
    const oversize = producer.send({ topic, partition: 0, records: batchOf(['y'.repeat(7_000_000)]) })
    const next = producer.send({ topic, partition: 0, records: batchOf(['after']) })
    const error = await oversize.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(LogError)
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', coordinates: { topic, partition: 0 }, retriable: false })
    expect((await next).baseOffset).toBe(1)
    const rows = await readUntil(log, { topic, partition: 0 }, 2, { maxPartitionBytes: 64 * 1024 })
    expect(rows.map(({ value }) => value?.length)).toEqual([large.length, 5])
  })

  it('reads what kafkajs writes, gzip included', async () => {
    const topic = await freshTopic(log, 'from-kafkajs')
    const producer = kafkajs.producer()
    await producer.connect()
    for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
      const messages = Array.from({ length: 100 }, (_, index) => ({
        key: `k${index}`,
        value: `v${index}`,
        timestamp: `${7000 + index}`,
        headers: { h: 'x' },
      }))
      await producer.send({ topic, compression, messages })
    }
    await producer.disconnect()
    const rows = await readUntil(log, { topic, partition: 0 }, 200)
    expect(rows).toHaveLength(200)
    expect(rows[142]).toEqual({ offset: 142, key: 'k42', value: 'v42', timestamp: 7042, headers: { h: 'x' } })
  })

  it('writes what kafkajs reads', async () => {
    const topic = await freshTopic(log, 'to-kafkajs')
    const producer = log.producer({ compression: 'gzip' })
    await producer.init()
    await producer.send({ topic, partition: 0, records: batchOf(['one', 'two', 'three']) })
    const consumer = kafkajs.consumer({ groupId: `${topic}-group` })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const seen = await new Promise<string[]>((resolve, reject) => {
      const values: string[] = []
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(`${message.offset} ${message.key} ${message.value} ${message.timestamp}`)
            if (values.length === 3) resolve(values)
          },
        })
        .catch(reject)
    })
    await consumer.disconnect()
    expect(seen).toEqual(['0 key-0 one 1000', '1 key-1 two 1001', '2 key-2 three 1002'])
  })

  it('says OFFSET_OUT_OF_RANGE with coordinates, and goes on after a reset', async () => {
    const topic = await freshTopic(log, 'range')
    const producer = log.producer()
    await producer.init()
    await producer.send({ topic, partition: 0, records: batchOf(['a', 'b', 'c', 'd']) })
    await log.admin.deleteRecords([{ topic, partition: 0, offset: 2 }])
    const fetcher = log.fetcher()
    fetcher.assign({ topic, partition: 0 }, 1)
    await expect(fetcher.poll(5000)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      coordinates: { topic, partition: 0, offset: 1 },
    })
    const [earliest] = await log.admin.listOffsets([{ topic, partition: 0 }], 'earliest')
    expect(earliest.offset).toBe(2)
    fetcher.assign({ topic, partition: 0 }, earliest.offset)
    const [entry] = await fetcher.poll(5000)
    expect([...entry.batch.offsets.subarray(0, entry.batch.count)]).toEqual([2, 3])
    await fetcher.close()
  })

  it('moves the position over what compaction removed', async () => {
    const topic = await freshTopic(log, 'compacted', {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0',
      'max.compaction.lag.ms': '100',
    })
    const producer = log.producer()
    await producer.init()
    const one = async (key: string, value: string): Promise<void> => {
      const records = new RecordBatchBuilder()
      records.append(key, value, Date.now(), undefined)
      await producer.send({ topic, partition: 0, records })
    }
    for (let index = 0; index < 20; index++) await one('same', `${index}`)
    await log.clock.sleep(300)
    await one('other', 'last')
    const readKeys = (): Promise<string[]> =>
      readUntil(log, { topic, partition: 0 }, 21).then((rows) => rows.map(({ value }) => value ?? ''))
    let values = await readKeys()
    // The cleaner runs every 15 s.
    for (let tries = 0; values.length > 2 && tries < 60; tries++) {
      await log.clock.sleep(500)
      values = await readKeys()
    }
    expect(values).toEqual(['19', 'last'])
  }, 60_000)
})
