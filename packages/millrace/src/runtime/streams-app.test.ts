import { describe, expect, it } from 'vitest'
import {
  json,
  type Log,
  long,
  memoryLog,
  produce,
  readTopic,
  StreamsApp,
  type StreamsAppOptions,
  StreamsBuilder,
  string,
  topic,
} from '../index.ts'

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })

function wordCount() {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .groupBy((word) => word)
    .count({ store: 'word-counts' })
    .toStream()
    .to(counts)
  return builder.build()
}

async function logWith(partitions: number): Promise<Log> {
  const log = memoryLog()
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions })))
  return log
}

const FAST = { applicationId: 'app', commitIntervalMs: 50, pollMs: 10, heartbeatIntervalMs: 50, sessionTimeoutMs: 1000 }

function app(log: Log, options: Partial<StreamsAppOptions> = {}): StreamsApp {
  return new StreamsApp(wordCount(), { ...FAST, log, ...options })
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function table(log: Log): Promise<Record<string, number>> {
  const result: Record<string, number> = {}
  for await (const { key, value } of readTopic(log, counts)) {
    if (key !== null && value !== null) result[key] = value
  }
  return result
}

const records = (...values: string[]) => values.map((value, i) => ({ key: null, value, timestamp: i }))

describe('StreamsApp', () => {
  it('counts through a repartition topic, and says when it runs', async () => {
    const log = await logWith(3)
    const states: string[] = []
    await using counting = app(log)
    counting.onStateChange((state) => states.push(state))
    await counting.start()
    await produce(log, words, records('a', 'b', 'a', 'c', 'a'))
    await until(async () => (await table(log)).a === 3, 'a is counted')
    expect(await table(log)).toEqual({ a: 3, b: 1, c: 1 })
    await counting.close()
    expect(states).toEqual(
      ['rebalancing', 'running', 'pending-shutdown', 'not-running'].slice(states.length === 4 ? 0 : 1),
    )
    await counting.finished
  })

  it('leaves no worker behind when it is closed while it starts', async () => {
    const log = await logWith(1)
    const early = app(log)
    const starting = early.start()
    await Promise.resolve()
    await early.close()
    await starting
    expect(early.state).toBe('not-running')
    await produce(log, words, records('a', 'b'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await table(log)).toEqual({})
    await log.close()
  })

  it('continues from its changelog and committed offsets after a clean close', async () => {
    const log = await logWith(2)
    const first = app(log)
    await first.start()
    await produce(log, words, records('a', 'b', 'a'))
    await until(async () => (await table(log)).a === 2, 'a is 2')
    await first.close()
    await using second = app(log)
    await second.start()
    await produce(log, words, records('a', 'b'))
    await until(async () => (await table(log)).a === 3, 'a is 3')
    expect(await table(log)).toEqual({ a: 3, b: 2 })
  })

  it('shares the tasks with a second instance, and takes them back when it leaves', async () => {
    const log = await logWith(4)
    await using one = app(log)
    await one.start()
    const two = app(log)
    await two.start()
    await until(() => two.stores('word-counts').length === 2 && one.stores('word-counts').length === 2, 'each has two')
    await produce(log, words, records(...'abcdefgh'.split('')))
    await until(async () => Object.keys(await table(log)).length === 8, 'all are counted')
    await two.close()
    await until(() => one.stores('word-counts').length === 4, 'the first has all four')
    await produce(log, words, records(...'abcdefgh'.split('')))
    await until(async () => Object.values(await table(log)).every((count) => count === 2), 'all are counted twice')
  })

  it('reports everything the cluster lacks at once, before anything runs', async () => {
    const builder = new StreamsBuilder()
    builder.stream(topic('missing-1')).to('out')
    builder.stream(topic('missing-2')).to('out')
    const failing = new StreamsApp(builder.build(), { ...FAST, log: memoryLog() })
    await expect(failing.start()).rejects.toThrow(/missing-1[\s\S]*missing-2/)
    expect(failing.state).toBe('error')
  })

  it('skips a record it cannot decode by policy, counts it, and fails with its coordinates otherwise', async () => {
    const log = memoryLog()
    const numbers = topic('numbers', { key: string(), value: json<{ n: number }>() })
    await log.admin.createTopics([
      { name: 'numbers', partitions: 1 },
      { name: 'sums', partitions: 1 },
    ])
    const builder = new StreamsBuilder()
    builder
      .stream(numbers)
      .mapValues(({ n }) => n + 1)
      .to(topic('sums', { key: string(), value: json<number>() }))
    await produce(log, topic('numbers', { key: string(), value: string() }), [
      { key: 'k', value: '{"n":1}' },
      { key: 'k', value: 'no json' },
      { key: 'k', value: '{"n":2}' },
    ])
    const failing = new StreamsApp(builder.build(), { ...FAST, log })
    await failing.start()
    await expect(failing.finished).rejects.toMatchObject({
      code: 'MILLRACE_SERDE',
      coordinates: { topic: 'numbers', partition: 0, offset: 1, task: '0_0' },
    })
    await using skipping = new StreamsApp(builder.build(), {
      ...FAST,
      log,
      deserializationExceptionHandler: 'continue',
    })
    await skipping.start()
    const sums = topic('sums', { key: string(), value: json<number>() })
    const seen = async (): Promise<unknown[]> => {
      const all: unknown[] = []
      for await (const { value } of readTopic(log, sums)) all.push(value)
      return all
    }
    await until(async () => (await seen()).includes(3), 'the last record is through')
    expect(Object.entries(skipping.metrics().dropped)).toEqual([['KSTREAM-SOURCE-0000000000:undecodable', 1]])
  })

  it('deletes what it has processed of its repartition topic', async () => {
    const log = await logWith(1)
    await using counting = app(log, { repartitionPurgeIntervalMs: 10 })
    await counting.start()
    const partition = { topic: 'app-word-counts-repartition', partition: 0 }
    await until(async () => {
      await produce(log, words, records('a', 'b'))
      const [earliest] = await log.admin.listOffsets([partition], 'earliest')
      return earliest.offset > 4
    }, 'some are deleted')
    const [end] = await log.admin.listOffsets([{ topic: 'words', partition: 0 }], 'latest')
    const total = async (): Promise<number> => Object.values(await table(log)).reduce((sum, count) => sum + count, 0)
    await until(async () => (await total()) === end.offset, 'every record is counted once')
  })

  it('sends what lingers though nothing more comes in', async () => {
    const log = await logWith(1)
    await using counting = app(log, { pollMs: 60_000, commitIntervalMs: 60_000, lingerMs: 20, cacheMaxBytes: 0 })
    await counting.start()
    await until(() => counting.state === 'running', 'it runs')
    await produce(log, words, records('a'))
    await until(async () => (await table(log)).a === 1, 'a is counted')
  })

  it('keeps its membership while a lot of input waits', async () => {
    const log = await logWith(1)
    const value = 'x'.repeat(1000)
    for (let i = 0; i < 16; i++) {
      await produce(
        log,
        words,
        Array.from({ length: 4096 }, (_, n) => ({ key: null, value: `${value}${n % 7}` })),
      )
    }
    let rebalances = 0
    await using busy = app(log, { sessionTimeoutMs: 6000, heartbeatIntervalMs: 500 })
    busy.onStateChange((state) => {
      if (state === 'rebalancing') rebalances++
    })
    await busy.start()
    await until(
      async () => Object.values(await table(log)).reduce((sum, n) => sum + n, 0) === 65_536,
      'all are counted',
    )
    expect(rebalances).toBe(1)
  }, 60_000)
})
