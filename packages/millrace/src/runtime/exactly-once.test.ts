import { describe, expect, it } from 'vitest'
import {
  LogError,
  long,
  type MemoryLog,
  memoryLog,
  produce,
  readTopic,
  StreamsApp,
  type StreamsAppOptions,
  StreamsBuilder,
  string,
  topic,
} from '../index.ts'
import type { LogCall, LogInterceptor } from '../log/embedded/port-call.ts'
import { RecordBatchBuilder } from '../record/record-batch-builder.ts'
import { MemoryStore } from '../state/memory-store.ts'

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })

function counting() {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  return builder.build()
}

const FAST = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  commitIntervalMs: 20,
  pollMs: 5,
  lingerMs: 5,
  cacheMaxBytes: 0,
  heartbeatIntervalMs: 30,
  sessionTimeoutMs: 300,
  transactionTimeoutMs: 400,
} as const

async function cluster(interceptor?: LogInterceptor, requestTimeoutMs = 100): Promise<MemoryLog> {
  const log = memoryLog({ ...(interceptor === undefined ? {} : { interceptor }), requestTimeoutMs })
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
  return log
}

async function started(log: MemoryLog, options: Partial<StreamsAppOptions> = {}): Promise<StreamsApp> {
  const app = new StreamsApp(counting(), { ...FAST, log, ...options })
  await app.start()
  return app
}

const feed = (log: MemoryLog, n: number) =>
  produce(
    log,
    words,
    Array.from({ length: n }, (_, i) => ({ key: 'k', value: `${i}`, timestamp: i })),
  )

async function results(log: MemoryLog): Promise<(number | null)[]> {
  const all: (number | null)[] = []
  for await (const { value } of readTopic(log, counts)) all.push(value)
  return all
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const lost = (): LogError => new LogError('NETWORK', 'lost', { retriable: true })

/** Fails calls that match, in the given phase, as often as `times` says. */
function failing(phase: 'before' | 'after', times: number, matches: (call: LogCall) => boolean): LogInterceptor {
  let left = times
  return {
    [phase](call: LogCall) {
      if (matches(call) && left-- > 0) throw lost()
    },
  }
}

async function survives(interceptor: LogInterceptor): Promise<void> {
  const log = await cluster(interceptor)
  await using _app = await started(log)
  for (let round = 1; round <= 4; round++) {
    await feed(log, 5)
    await until(async () => (await results(log)).length >= round * 5, `round ${round} is counted`)
  }
  expect(await results(log)).toEqual(upTo(20))
}

describe('exactly_once_v2', () => {
  it('counts each record once when the answer of a commit is lost and it happened', () =>
    survives(failing('after', 2, (call) => call.operation === 'endTransaction' && call.detail === 'commit')))

  it('counts each record once when a commit is lost and did not happen', () =>
    survives(failing('before', 2, (call) => call.operation === 'endTransaction' && call.detail === 'commit')))

  it('counts each record once when answers of sends and of added offsets are lost', () =>
    survives(failing('after', 6, ({ operation }) => operation === 'produce' || operation === 'addOffsets')))

  it('ends the transaction that a static member left open when it comes back', async () => {
    const log = await cluster()
    const crashed = log.producer({ transactionalId: 'app-one', transactionTimeoutMs: 60_000 })
    await crashed.init()
    crashed.begin()
    const records = new RecordBatchBuilder()
    records.append('k', 'never committed', 0, undefined)
    await crashed.send({ topic: 'words', partition: 0, records })
    await using _app = await started(log, { instanceId: 'one' })
    await feed(log, 3)
    await until(async () => (await results(log)).length >= 3, 'what came after it is counted')
    expect(await results(log)).toEqual(upTo(3))
  })

  it('starts over with a producer of its own when its transaction timed out', async () => {
    let hold = true
    const log = await cluster(
      {
        before({ operation }) {
          if (operation !== 'addOffsets' || !hold) return
          hold = false
          return new Promise((resolve) => setTimeout(resolve, 700))
        },
      },
      5_000,
    )
    await using app = await started(log)
    await feed(log, 5)
    await until(async () => (await results(log)).length >= 5, 'all are counted')
    expect(await results(log)).toEqual(upTo(5))
    expect(app.state).toBe('running')
  })

  it('commits nothing under the generation after the one it lost', async () => {
    let fail = false
    const log = await cluster(
      {
        before({ operation, transactionalId }) {
          if (!fail) return
          if (operation === 'heartbeat') return new Promise((resolve) => setTimeout(resolve, 600))
          if (operation === 'produce' && transactionalId !== undefined)
            return new Promise((resolve) => setTimeout(resolve, 250))
        },
      },
      5_000,
    )
    await using _app = await started(log)
    await feed(log, 3)
    await until(async () => (await results(log)).length >= 3, 'the first are counted')
    fail = true
    await feed(log, 3)
    await new Promise((resolve) => setTimeout(resolve, 700))
    fail = false
    await feed(log, 3)
    await until(async () => (await results(log)).length >= 9, 'all are counted')
    expect(await results(log)).toEqual(upTo(9))
  })

  it('commits once more when offsets crossed the start of a generation, and aborts nothing', async () => {
    const copies = topic('copies', { key: string(), value: string() })
    const crossing = { hold: false, synced: 0, aborted: 0 }
    const log = memoryLog({
      requestTimeoutMs: 5_000,
      interceptor: {
        async before({ operation, detail }) {
          if (operation === 'endTransaction' && detail === 'abort') crossing.aborted++
          if (operation !== 'addOffsets' || !crossing.hold) return
          crossing.hold = false
          crossing.synced = 0
          second = start()
          await until(() => crossing.synced > 1, 'both are in the next generation')
        },
        after({ operation }) {
          if (operation === 'sync') crossing.synced++
        },
      },
    })
    await log.admin.createTopics([words, copies].map(({ name }) => ({ name, partitions: 2 })))
    const warnings: unknown[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (...what: unknown[]) => warnings.push(what) }
    const start = async (): Promise<StreamsApp> => {
      const builder = new StreamsBuilder()
      builder.stream(words).to(copies)
      const options = { ...FAST, sessionTimeoutMs: 3_000, transactionTimeoutMs: 3_000, logger }
      const app = new StreamsApp(builder.build(), { ...options, log })
      await app.start()
      return app
    }
    let second: Promise<StreamsApp> | undefined
    const copied = async (): Promise<string[]> => {
      const all: string[] = []
      for await (const { value } of readTopic(log, copies)) all.push(value ?? '')
      return all.sort()
    }
    const feedBoth = (round: number) =>
      produce(
        log,
        words,
        Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, value: `${round}-${i}`, timestamp: i })),
      )
    await using _first = await start()
    await feedBoth(0)
    await until(async () => (await copied()).length === 8, 'the first are copied')
    crossing.hold = true
    await feedBoth(1)
    await until(async () => (await copied()).length >= 16, 'those of the commit that crossed are copied')
    await using _second = (await second) as StreamsApp
    await until(() => _second.state === 'running', 'the second has its task')
    await feedBoth(2)
    await until(async () => (await copied()).length >= 24, 'all are copied')
    const rounds = [0, 1, 2].flatMap((round) => Array.from({ length: 8 }, (_, i) => `${round}-${i}`))
    expect(await copied()).toEqual(rounds)
    expect(warnings).toEqual([])
    expect(crossing.aborted).toBe(0)
  })

  it('restores what is committed behind an open transaction of a dead worker', async () => {
    const log = await cluster()
    const first = await started(log)
    await feed(log, 3)
    await until(async () => (await results(log)).length === 3, 'the first are counted')
    const zombie = log.producer({ transactionalId: 'zombie', transactionTimeoutMs: 800 })
    await zombie.init()
    zombie.begin()
    const records = new RecordBatchBuilder(64)
    records.append('k', Buffer.alloc(8, 9), 0, undefined)
    await zombie.send({ topic: 'app-counts-changelog', partition: 0, records })
    await feed(log, 2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await first.close()
    await using _second = await started(log)
    await feed(log, 2)
    await until(async () => (await results(log)).length >= 7, 'all are counted')
    expect(await results(log)).toEqual(upTo(7))
  })

  it('lets only committed state into a store', async () => {
    let commits = true
    const log = await cluster({
      before(call) {
        if (call.operation === 'endTransaction' && call.detail === 'commit' && !commits) throw lost()
      },
    })
    const disk = new MemoryStore('counts')
    disk.close = () => {}
    const stateStores = { name: 'disk', open: () => disk }
    const builder = new StreamsBuilder()
    builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
    await using app = new StreamsApp(builder.build(), { ...FAST, log, stateStores })
    await app.start()
    await feed(log, 2)
    await until(async () => (await results(log)).length === 2, 'the first are counted')
    commits = false
    await feed(log, 2)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(disk.get(Buffer.from('k'))?.at(-1)).toBe(2)
    commits = true
    await until(async () => (await results(log)).length >= 4, 'all are counted')
    await until(() => disk.get(Buffer.from('k'))?.at(-1) === 4, 'the store has it')
    expect(await results(log)).toEqual(upTo(4))
  })
})
