import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../record/clock.ts'
import { recordsOf, rowsOf } from '../contract/scenario.ts'
import type { TopicPartition } from '../log.ts'
import { type MemoryLog, memoryLog } from './memory-log.ts'

const at: TopicPartition = { topic: 't', partition: 0 }

interface World {
  log: MemoryLog
  /** Moves wall-clock time. */
  pass(ms: number): void
}

async function world(config: Record<string, string>): Promise<World> {
  let now = 1_000_000
  const clock: Clock = { ...systemClock(), now: () => now }
  const log = memoryLog({ clock })
  await log.admin.createTopics([{ name: 't', partitions: 1, config }])
  return {
    log,
    pass(ms) {
      now += ms
    },
  }
}

async function write(
  log: MemoryLog,
  records: [key: string, value: string | null, timestamp?: number][],
): Promise<void> {
  const producer = log.producer()
  await producer.init()
  const list = records.map(([key, value, timestamp = log.clock.now()]) => ({ key, value, timestamp }))
  await producer.send({ ...at, records: recordsOf(list) })
}

async function read(log: MemoryLog, from = 0): Promise<{ rows: unknown[]; position: number | undefined }> {
  const fetcher = log.fetcher()
  fetcher.assign(at, from)
  const rows: unknown[] = []
  for (let fetched = await fetcher.poll(0); fetched.length > 0; fetched = await fetcher.poll(0)) {
    for (const { batch } of fetched)
      rows.push(...rowsOf(batch).map(({ key, value, offset }) => `${offset} ${key}=${value}`))
  }
  return { rows, position: fetcher.position(at) }
}

describe('compaction', () => {
  it('keeps the newest record of each key with offset and timestamp, and positions cross the gaps', async () => {
    const { log } = await world({ 'cleanup.policy': 'compact' })
    await write(log, [
      ['a', '1', 500],
      ['b', '1', 400],
      ['a', '2', 9_000_000_000],
    ])
    await write(log, [
      ['c', '1'],
      ['b', '2', 300],
    ])
    log.clean()
    expect(await read(log)).toEqual({ rows: ['2 a=2', '3 c=1', '4 b=2'], position: 5 })
    const fetcher = log.fetcher()
    fetcher.assign(at, 1)
    expect(rowsOf((await fetcher.poll(0))[0].batch)[0]).toMatchObject({ offset: 2, timestamp: 9_000_000_000 })
  })

  it('keeps a tombstone for delete.retention.ms, then nothing; the position still reaches the end', async () => {
    const { log, pass } = await world({ 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' })
    await write(log, [
      ['a', '1'],
      ['a', null],
    ])
    log.clean()
    pass(999)
    log.clean()
    expect(await read(log)).toEqual({ rows: ['1 a=null'], position: 2 })
    pass(1)
    log.clean()
    expect(await read(log)).toEqual({ rows: [], position: 2 })
    await write(log, [['a', '3']])
    expect(await read(log)).toEqual({ rows: ['2 a=3'], position: 3 })
  })

  it('leaves what is younger than min.compaction.lag.ms', async () => {
    const { log, pass } = await world({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1000' })
    await write(log, [
      ['a', '1'],
      ['a', '2'],
    ])
    log.clean()
    expect((await read(log)).rows).toEqual(['0 a=1', '1 a=2'])
    pass(1001)
    await write(log, [['a', '3']])
    log.clean()
    expect((await read(log)).rows).toEqual(['1 a=2', '2 a=3'])
  })

  it('removes aborted data and markers, and nothing behind an open transaction', async () => {
    const { log } = await world({ 'cleanup.policy': 'compact' })
    await write(log, [['a', 'kept']])
    const producer = log.producer({ transactionalId: 'x' })
    await producer.init()
    producer.begin()
    await producer.send({ ...at, records: recordsOf([{ key: 'a', value: 'aborted' }]) })
    await producer.abort()
    producer.begin()
    await producer.send({
      ...at,
      records: recordsOf([
        { key: 'b', value: 'open 1' },
        { key: 'b', value: 'open 2' },
      ]),
    })
    log.clean()
    await producer.commit()
    expect(await read(log)).toEqual({ rows: ['0 a=kept', '3 b=open 1', '4 b=open 2'], position: 6 })
    log.clean()
    expect(await read(log)).toEqual({ rows: ['0 a=kept', '4 b=open 2'], position: 6 })
    await log.close()
  })

  it('refuses records without a key', async () => {
    const { log } = await world({ 'cleanup.policy': 'compact' })
    const producer = log.producer()
    await producer.init()
    const records = recordsOf([{ key: null, value: 'v' }])
    await expect(producer.send({ ...at, records })).rejects.toMatchObject({ code: 'INVALID_RECORD', coordinates: at })
  })
})

describe('retention', () => {
  it('drops batches older than retention.ms when something is produced and cleaning is due', async () => {
    const { log, pass } = await world({ 'retention.ms': '60000' })
    await write(log, [['a', '1']])
    pass(299_000)
    await write(log, [['b', '1']])
    expect((await read(log)).rows).toEqual(['0 a=1', '1 b=1'])
    pass(1_000)
    await write(log, [['c', '1']])
    expect(await log.admin.listOffsets([at], 'earliest')).toMatchObject([{ offset: 1 }])
    expect((await read(log, 1)).rows).toEqual(['1 b=1', '2 c=1'])
  })

  it('drops the oldest batches beyond retention.bytes, never with retention.ms=-1 alone', async () => {
    const kept = await world({ 'retention.ms': '-1' })
    await write(kept.log, [['a', '1', 0]])
    kept.log.clean()
    expect((await read(kept.log)).rows).toEqual(['0 a=1'])
    const { log } = await world({ 'retention.ms': '-1', 'retention.bytes': '150' })
    for (const key of ['a', 'b', 'c', 'd']) await write(log, [[key, '1', 0]])
    log.clean()
    expect(await log.admin.listOffsets([at], 'earliest')).toMatchObject([{ offset: 2 }])
  })
})
