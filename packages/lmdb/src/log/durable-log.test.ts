import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Log, LogError, logContract, RecordBatchBuilder } from 'millrace/log'
import { afterAll, describe, expect, it } from 'vitest'
import { type DurableLogOptions, durableLog } from '../index.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-durable-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const folder = (): string => join(root, String(++folders))
const open = (dir: string, options: Partial<DurableLogOptions> = {}) => durableLog({ dir, ...options })

for (const acknowledge of ['flushed', 'written'] as const) {
  logContract(
    { describe, it, expect },
    {
      name: `durable, ${acknowledge}`,
      open: async () => open(folder(), { acknowledge }),
      capabilities: {
        transactions: 'v2',
        cooperative: true,
        staticMembership: true,
        requireStable: true,
        assignmentBytes: true,
        deleteRecords: true,
        durable: true,
      },
    },
  )
}

function batch(...values: string[]): RecordBatchBuilder {
  const builder = new RecordBatchBuilder()
  for (const value of values) builder.append('k', value, 1_700_000_000_000, undefined)
  return builder
}

async function send(log: Log, topic: string, ...values: string[]): Promise<number> {
  const producer = log.producer()
  await producer.init()
  const { baseOffset } = await producer.send({ topic, partition: 0, records: batch(...values) })
  await producer.close()
  return baseOffset
}

async function read(
  log: Log,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted',
  from = 0,
): Promise<string[]> {
  const fetcher = log.fetcher({ isolation })
  const values: string[] = []
  fetcher.assign({ topic, partition: 0 }, from)
  for (;;) {
    const fetched = await fetcher.poll(50)
    if (fetched.length === 0) break
    for (const { batch: rows } of fetched) {
      for (let row = 0; row < rows.count; row++) {
        values.push(rows.bytes.toString('utf8', rows.valueStarts[row], rows.valueStarts[row] + rows.valueLengths[row]))
      }
    }
  }
  await fetcher.close()
  return values
}

const partition = (topic: string) => [{ topic, partition: 0 }]

describe('durable log', () => {
  it('is found again: topics, configs, records, positions, offsets of groups', async () => {
    const dir = folder()
    let log = open(dir)
    await log.admin.createTopics([
      { name: 't', partitions: 2, config: { 'retention.ms': '-1' } },
      { name: 'gone', partitions: 1 },
    ])
    for (let index = 0; index < 20; index++) await send(log, 't', `v${index}`)
    await send(log, 'gone', 'x')
    await log.admin.deleteRecords([{ topic: 't', partition: 0, offset: 5 }])
    await log.admin.deleteTopics(['gone'])
    await log.admin.createTopics([{ name: 'gone', partitions: 1 }])
    const member = log.member({
      groupId: 'g',
      protocolName: 'p',
      subscription: () => Buffer.alloc(0),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, Buffer.alloc(0)])),
    })
    member.join()
    while (member.nextEvent()?.type !== 'assigned') await log.clock.sleep(5)
    await member.commit([{ topic: 't', partition: 0, offset: 7, metadata: 'm' }])
    await log.close()

    log = open(dir)
    expect((await log.admin.describeTopics()).map(({ name, partitions }) => `${name} ${partitions}`).sort()).toEqual([
      'gone 1',
      't 2',
    ])
    expect((await log.admin.topicConfig('t'))['retention.ms']).toBe('-1')
    expect((await log.admin.listOffsets(partition('t'), 'earliest'))[0].offset).toBe(5)
    expect((await log.admin.listOffsets(partition('t'), 'latest'))[0].offset).toBe(20)
    expect(await read(log, 't', 'read_committed', 5)).toEqual(Array.from({ length: 15 }, (_, index) => `v${index + 5}`))
    expect(await read(log, 'gone', 'read_committed')).toEqual([])
    expect(await log.admin.groupOffsets('g')).toEqual([{ topic: 't', partition: 0, offset: 7, metadata: 'm' }])
    expect(await send(log, 't', 'next')).toBe(20)
    await log.close()
  })

  it('aborts what was open, keeps what was decided, and fences the producer from before', async () => {
    const dir = folder()
    let log = open(dir)
    await log.admin.createTopics([{ name: 't', partitions: 1 }])
    const producer = log.producer({ transactionalId: 'tx' })
    await producer.init()
    const group = { groupId: 'g', generation: -1, memberId: '' }
    const transact = async (value: string, offset: number): Promise<void> => {
      producer.begin()
      await producer.send({ topic: 't', partition: 0, records: batch(value) })
      await producer.sendOffsets(group, [{ topic: 't', partition: 0, offset, metadata: '' }])
    }
    await transact('committed', 1)
    await producer.commit()
    await transact('aborted', 2)
    await producer.abort()
    await transact('open', 3)
    // As a crash leaves it: nobody ends the transaction.
    await log.close()

    log = open(dir)
    expect(await read(log, 't', 'read_committed')).toEqual(['committed'])
    expect(await read(log, 't', 'read_uncommitted')).toEqual(['committed', 'aborted', 'open'])
    expect((await log.admin.groupOffsets('g'))[0].offset).toBe(1)
    const [stable, end] = [
      await log.admin.listOffsets(partition('t'), 'latest', 'read_committed'),
      await log.admin.listOffsets(partition('t'), 'latest'),
    ]
    expect(stable).toEqual(end)
    const next = log.producer({ transactionalId: 'tx' })
    await next.init()
    next.begin()
    await next.send({ topic: 't', partition: 0, records: batch('after') })
    await next.commit()
    expect(await read(log, 't', 'read_committed')).toEqual(['committed', 'after'])
    await log.close()
  })

  it('stays compacted, and remembers the end of a log whose last batches are gone', async () => {
    const dir = folder()
    let log = open(dir)
    await log.admin.createTopics([{ name: 't', partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    for (const value of ['1', '2', '3']) await send(log, 't', value)
    log.clean()
    expect(await read(log, 't', 'read_committed')).toEqual(['3'])
    await log.admin.deleteRecords([{ topic: 't', partition: 0, offset: 3 }])
    await log.close()
    log = open(dir)
    expect((await log.admin.listOffsets(partition('t'), 'latest'))[0].offset).toBe(3)
    expect(await send(log, 't', '4')).toBe(3)
    expect(await read(log, 't', 'read_committed', 3)).toEqual(['4'])
    await log.close()
  })

  it('reads a batch at once, written or not, and gives no more than asked for', async () => {
    const log = open(folder())
    await log.admin.createTopics([{ name: 't', partitions: 1 }])
    const producer = log.producer()
    await producer.init()
    const sends: Promise<unknown>[] = []
    for (let index = 0; index < 200; index++) {
      sends.push(producer.send({ topic: 't', partition: 0, records: batch('x'.repeat(1_000), String(index)) }))
      if (index === 99) await sends[50]
    }
    const fetcher = log.fetcher({ maxPartitionBytes: 10_000 })
    fetcher.assign({ topic: 't', partition: 0 }, 0)
    const first = await fetcher.poll(0)
    expect(first[0].batch.bytes.length).toBeLessThanOrEqual(10_000)
    expect(first[0].nextOffset).toBeGreaterThan(2)
    let rows = first[0].batch.count
    while (rows < 400) for (const { batch: more } of await fetcher.poll(100)) rows += more.count
    expect(rows).toBe(400)
    await Promise.all(sends)
    await log.close()
  })

  it('is one process at a time, and refuses what is no log or is damaged', async () => {
    const dir = folder()
    const log = open(dir)
    await log.admin.createTopics([{ name: 't', partitions: 1 }])
    await send(log, 't', 'x'.repeat(100_000))
    await log.close()
    truncateSync(join(dir, 'log', 'data.mdb'), 3 * 4096)
    expect(() => open(dir)).toThrow(expect.objectContaining({ code: 'LOG_DAMAGED' }))
    rmSync(join(dir, 'log'), { recursive: true })
    expect(() => open(dir)).toThrow(LogError)
    const foreign = folder()
    await open(foreign).close()
    rmSync(join(foreign, 'millrace.json'))
    writeFileSync(join(foreign, 'mine.txt'), 'mine')
    expect(() => open(foreign)).toThrow(expect.objectContaining({ code: 'LOG_FOREIGN' }))
  })

  it.each(['flushed', 'written'] as const)('keeps what it acknowledged (%s) through kill -9', {
    timeout: 60_000,
  }, async (acknowledge) => {
    const dir = folder()
    const child = spawn(
      process.execPath,
      [
        '--conditions=millrace-source',
        fileURLToPath(new URL('../fixtures/produce-until-killed.ts', import.meta.url)),
        dir,
        acknowledge,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let acknowledged = 0
    let committed = 0
    child.stdout.on('data', (data: Buffer) => {
      for (const line of data.toString().trimEnd().split('\n')) {
        const [what, number] = line.split(' ')
        if (what === 'sent') acknowledged = Number(number)
        if (what === 'committed') committed = Number(number)
      }
      if (committed >= 30) child.kill('SIGKILL')
    })
    await once(child.stdout, 'data')
    expect(() => open(dir)).toThrow(new RegExp(`in use by process ${child.pid} `))
    await once(child, 'close')
    const log = open(dir)
    const plain = (await read(log, 'plain', 'read_committed')).map(Number)
    expect(plain.slice(0, acknowledged + 1)).toEqual(Array.from({ length: acknowledged + 1 }, (_, index) => index))
    expect(plain).toEqual(Array.from({ length: plain.length }, (_, index) => index))
    // Transactions over two topics and a group: all three agree, and none that was acknowledged is missing.
    const [left, right] = [await read(log, 'left', 'read_committed'), await read(log, 'right', 'read_committed')]
    expect(left).toEqual(right)
    expect(left).toEqual(Array.from({ length: left.length }, (_, index) => String(index)))
    expect(left.length).toBeGreaterThanOrEqual(committed + 1)
    expect((await log.admin.groupOffsets('g'))[0].offset).toBe(left.length)
    await log.close()
  })
})
