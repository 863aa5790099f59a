/**
 * What `Producer.send` must do: order, every shape of record to the byte, size limits, coordinates of refusals.
 */

import { Headers } from '../../record/headers.ts'
import { type ContractPart, recordsOf, refusal } from './scenario.ts'

export function produceContract({ test, expect, options }: ContractPart): void {
  test('says what it can do', async ({ log }) => {
    expect(log.capabilities).toEqual(options.capabilities)
  })

  test('keeps order within a partition, sends in flight together', async (scenario) => {
    const at = await scenario.topic()
    const producer = await scenario.producer()
    const sends = Array.from({ length: 20 }, (_, n) => producer.send({ ...at, records: recordsOf([`${n}a`, `${n}b`]) }))
    expect((await Promise.all(sends)).map(({ baseOffset }) => baseOffset)).toEqual(sends.map((_, n) => n * 2))
    const rows = await scenario.readUntil(scenario.fetcher(at), at, 40)
    expect(rows.map(({ value }) => value)).toEqual(sends.flatMap((_, n) => [`${n}a`, `${n}b`]))
    expect(rows.map(({ offset }) => offset)).toEqual(rows.map((_, n) => n))
  })

  test('keeps keys, values, nulls, empty bytes, headers and timestamps', async (scenario) => {
    const at = await scenario.topic(1, { 'message.timestamp.after.max.ms': '9223372036854775807' })
    const headers = new Headers([
      { key: 'ü', value: Buffer.from('1') },
      { key: 'ü', value: null },
      { key: '', value: new Uint8Array(0) },
    ])
    await scenario.write(
      at,
      { key: 'é', value: 'Zoë', timestamp: 0, headers },
      { key: null, value: '', timestamp: 4_102_444_800_000 },
      { key: new Uint8Array(0), value: null, timestamp: 1 },
      { key: 'k', value: Buffer.alloc(300, 'x'), timestamp: 2 ** 31 },
    )
    expect(await scenario.readUntil(scenario.fetcher(at), at, 4)).toEqual([
      {
        key: 'é',
        value: 'Zoë',
        offset: 0,
        timestamp: 0,
        headers: [
          ['ü', '1'],
          ['ü', null],
          ['', ''],
        ],
      },
      { key: null, value: '', offset: 1, timestamp: 4_102_444_800_000, headers: [] },
      { key: '', value: null, offset: 2, timestamp: 1, headers: [] },
      { key: 'k', value: 'x'.repeat(300), offset: 3, timestamp: 2 ** 31, headers: [] },
    ])
  })

  test('keeps -1, Kafka’s “no timestamp”', async (scenario) => {
    const at = await scenario.topic()
    await scenario.write(at, { value: 'v', timestamp: -1 })
    expect((await scenario.readUntil(scenario.fetcher(at), at, 1))[0].timestamp).toBe(-1)
  })

  test('passes a record of 5 MB where the topic takes it, however small the fetch', async (scenario) => {
    const at = await scenario.topic(1, { 'max.message.bytes': '6000000' })
    await scenario.write(at, { value: Buffer.alloc(5_000_000, 7) }, 'after')
    const { batch } = await scenario.nextFetched(scenario.fetcher(at, 0, { maxPartitionBytes: 1000, maxBytes: 1000 }))
    expect(batch.valueLengths[0]).toBe(5_000_000)
    expect(batch.bytes[batch.valueStarts[0] + 4_999_999]).toBe(7)
  })

  test('refuses what the topic does not take, with its coordinates, and goes on', async (scenario) => {
    const at = await scenario.topic(1, { 'max.message.bytes': '10000' })
    const producer = await scenario.producer()
    await producer.send({ ...at, records: recordsOf(['before']) })
    const error = await refusal(() => producer.send({ ...at, records: recordsOf([{ value: Buffer.alloc(20_000) }]) }))
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', coordinates: at })
    expect(await producer.send({ ...at, records: recordsOf(['after']) })).toEqual({ ...at, baseOffset: 1 })
  })

  test('refuses a partition that does not exist', async (scenario) => {
    const at = await scenario.topic()
    const producer = await scenario.producer({ deliveryTimeoutMs: 3_000 })
    const error = await refusal(() => producer.send({ ...at, partition: 7, records: recordsOf(['x']) }))
    expect(error.coordinates).toMatchObject({ topic: at.topic, partition: 7 })
  })

  test('lets a builder be used again once its send has settled', async (scenario) => {
    const at = await scenario.topic()
    const producer = await scenario.producer()
    const records = recordsOf(['first'])
    await producer.send({ ...at, records })
    records.reset()
    records.append('k', 'second', 5, undefined)
    await producer.send({ ...at, records })
    const fetcher = scenario.fetcher(at)
    const rows = await scenario.readUntil(fetcher, at, 2)
    expect(rows.map(({ value }) => value)).toEqual(['first', 'second'])
    expect(await fetcher.poll(0)).toEqual([])
  })
}
