/** An app's life: threads that come, go and fail; pause; close with and without leaving the group. */

import { describe, expect, it } from 'vitest'
import {
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

const FAST = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  cacheMaxBytes: 0,
  commitIntervalMs: 20,
  pollMs: 5,
  lingerMs: 5,
  heartbeatIntervalMs: 40,
  sessionTimeoutMs: 1000,
} as const

/** Counts values; `see` may throw. */
function counting(log: Log, options: Partial<StreamsAppOptions> & { see?: (value: string) => void } = {}): StreamsApp {
  const { see, ...appOptions } = options
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .peek((value) => see?.(value))
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .to(counts)
  return new StreamsApp(builder.build(), { ...FAST, log, ...appOptions })
}

async function logWith(partitions: number): Promise<Log> {
  const log = memoryLog()
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions })))
  return log
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Every count that was written, by key, in order. */
async function written(log: Log): Promise<Record<string, number[]>> {
  const result: Record<string, number[]> = {}
  for await (const { key, value } of readTopic(log, counts)) (result[key ?? ''] ??= []).push(value ?? 0)
  return result
}

const send = (log: Log, ...keys: string[]): Promise<void> =>
  produce(
    log,
    words,
    keys.map((key) => ({ key, value: key })),
  )

const KEYS = 'abcdefghijkl'.split('')
const inOrder = (n: number): Record<string, number[]> =>
  Object.fromEntries(KEYS.map((key) => [key, Array.from({ length: n }, (_, index) => index + 1)]))

const tasksOf = (app: StreamsApp): number[] =>
  app.metadataForLocalThreads().map(({ activeTasks }) => activeTasks.length)

describe('stream threads', () => {
  it('come and go while the app runs, each with its share of the tasks, and every record counts once', async () => {
    const log = await logWith(4)
    await using app = counting(log)
    expect(await app.addStreamThread()).toBeUndefined()
    await app.start()
    await send(log, ...KEYS)
    await until(() => app.state === 'running', 'it runs')
    const added = await app.addStreamThread()
    expect(added).toMatch(/^app-.*-2$/)
    await until(() => tasksOf(app).join() === '2,2' && app.state === 'running', 'both have two tasks')
    const shown = app.metadataForLocalThreads()
    expect(shown.map(({ threadState, runsOn }) => [threadState, runsOn])).toEqual([
      ['running', 'event-loop'],
      ['running', 'event-loop'],
    ])
    expect(shown[1].threadName).toBe(added)
    expect(shown.flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId)).sort()).toEqual([
      '0_0',
      '0_1',
      '0_2',
      '0_3',
    ])
    await send(log, ...KEYS)
    expect(await app.removeStreamThread()).toBe(added)
    await until(() => tasksOf(app).join() === '4', 'the first has all')
    await send(log, ...KEYS)
    expect(await app.removeStreamThread()).toMatch(/-1$/)
    expect(await app.removeStreamThread()).toBeUndefined()
    expect(app.metadataForLocalThreads()).toEqual([])
    await send(log, ...KEYS)
    expect(await app.addStreamThread()).toMatch(/-1$/)
    await until(async () => Object.values(await written(log)).flat().length === 48, 'all is counted')
    expect(await written(log)).toEqual(inOrder(4))
  })

  it('are replaced where the handler says so, and what they had not committed is done again, once', async () => {
    const log = await logWith(2)
    let failures = 0
    const errors: Error[] = []
    await using app = counting(log, {
      see(value) {
        if (value === 'f' && failures++ < 2) throw new RangeError('not now')
      },
      uncaughtExceptionHandler: (error) => {
        errors.push(error)
        return 'replace-thread'
      },
    })
    const states: string[] = []
    app.onStateChange((state) => states.push(state))
    await app.start()
    await until(() => app.state === 'running', 'it runs')
    await send(log, ...KEYS, ...KEYS)
    await until(async () => Object.values(await written(log)).flat().length === 24, 'all is counted')
    expect(await written(log)).toEqual(inOrder(2))
    expect(errors.map((error) => (error.cause as Error).message)).toEqual(['not now', 'not now'])
    await until(() => app.state === 'running', 'it runs again')
    expect(states).toEqual(
      ['rebalancing', 'running', 'rebalancing', 'running', 'rebalancing', 'running'].slice(-states.length),
    )
    expect(states.filter((state) => state === 'rebalancing').length).toBeGreaterThanOrEqual(2)
    expect(app.metadataForLocalThreads()).toHaveLength(1)
  })

  it('come back later each time, so that a record that ends them all is no busy loop', async () => {
    const log = await logWith(1)
    const failedAt: number[] = []
    await using app = counting(log, {
      see() {
        throw new Error('always')
      },
      uncaughtExceptionHandler: () => {
        failedAt.push(Date.now())
        return 'replace-thread'
      },
    })
    await send(log, 'a')
    await app.start()
    await until(() => failedAt.length === 4, 'it has failed four times')
    const gaps = failedAt.slice(1).map((at, index) => at - failedAt[index])
    expect(gaps[0]).toBeGreaterThanOrEqual(95)
    expect(gaps[1]).toBeGreaterThanOrEqual(195)
    expect(gaps[2]).toBeGreaterThanOrEqual(395)
    await app.close()
    expect(app.state).toBe('not-running')
    expect(await written(log)).toEqual({})
  })
})

describe('an uncaught error', () => {
  const poisoned = (value: string): void => {
    if (value === 'poison') throw new RangeError('poison')
  }

  it('shuts the client down by default, through pending-error', async () => {
    const log = await logWith(1)
    const app = counting(log, { see: poisoned })
    const states: string[] = []
    app.onStateChange((state) => states.push(state))
    await app.start()
    await until(() => app.state === 'running', 'it runs')
    await send(log, 'poison')
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_PROCESSING',
      coordinates: { topic: 'words', partition: 0, offset: 0, operator: 'KSTREAM-PEEK-0000000001' },
    })
    expect(states).toEqual(['rebalancing', 'running', 'pending-error', 'error'])
    expect(app.metadataForLocalThreads().map(({ threadState }) => threadState)).toEqual(['dead'])
    await app.close()
    expect(app.state).toBe('error')
  })

  it('shuts the client down where the handler itself throws', async () => {
    const log = await logWith(1)
    const app = counting(log, {
      see: poisoned,
      uncaughtExceptionHandler: () => {
        throw new Error('in the handler')
      },
    })
    await send(log, 'poison')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({ code: 'MILLRACE_PROCESSING' })
  })

  it('shuts all instances of the application down, which commit what they have done', async () => {
    const log = await logWith(4)
    const options = {
      see: poisoned,
      commitIntervalMs: 60_000,
      transactionTimeoutMs: 60_000,
      uncaughtExceptionHandler: 'shutdown-application',
    } as const
    const apps = [counting(log, options), counting(log, options)]
    for (const app of apps) await app.start()
    await until(() => apps.every((app) => tasksOf(app).join() === '2'), 'each has two tasks')
    const partitions = apps.map((app) =>
      app.metadataForLocalThreads()[0].activeTasks.flatMap(({ topicPartitions }) => topicPartitions),
    )
    await send(log, ...KEYS)
    await until(() => apps[0].metrics().processed + apps[1].metrics().processed === KEYS.length, 'all is processed')
    await send(log, 'poison')
    const ends = await Promise.allSettled(apps.map((app) => app.finished))
    const codes = ends.map((end) => (end.status === 'rejected' ? end.reason.code : end.status))
    expect(apps.map(({ state }) => state)).toEqual(['error', 'error'])
    expect([...codes].sort()).toEqual(['MILLRACE_APPLICATION_SHUTDOWN', 'MILLRACE_PROCESSING'])
    const healthy = partitions[codes.indexOf('MILLRACE_APPLICATION_SHUTDOWN')]
    const committed = await log.admin.groupOffsets('app')
    for (const { topic: name, partition, offset } of await log.admin.listOffsets(healthy, 'latest', 'read_committed')) {
      if (offset === 0) continue
      expect(committed).toContainEqual(expect.objectContaining({ topic: name, partition, offset }))
    }
    expect(Object.values(await written(log)).flat().length).toBeGreaterThan(0)
  })
})

describe('pause', () => {
  it('stops processing and keeps the tasks, from before the start if wanted; resume goes on', async () => {
    const log = await logWith(2)
    await using app = counting(log)
    app.pause()
    expect(app.isPaused).toBe(true)
    await app.start()
    await send(log, ...KEYS)
    await until(() => app.state === 'running', 'it runs')
    await sleep(200)
    expect(app.metrics().processed).toBe(0)
    expect(tasksOf(app)).toEqual([2])
    app.resume()
    await until(async () => Object.values(await written(log)).flat().length === 12, 'all is counted')
    app.pause()
    await sleep(50)
    await send(log, ...KEYS)
    // A thread that joins while the app is paused is paused too.
    await app.addStreamThread()
    const restoring = (): readonly string[] => app.metadataForLocalThreads()[1].restoringTasks
    await until(() => restoring().length === 1, 'its task waits to be restored')
    await sleep(200)
    expect(restoring()).toHaveLength(1)
    expect(await written(log)).toEqual(inOrder(1))
    expect(tasksOf(app)).toEqual([1, 0])
    app.resume()
    expect(app.isPaused).toBe(false)
    await until(async () => Object.values(await written(log)).flat().length === 24, 'the rest is counted')
    expect(await written(log)).toEqual(inOrder(2))
  })

  it('commits what was processed before it', async () => {
    const log = await logWith(1)
    await using app = counting(log, { commitIntervalMs: 300 })
    await app.start()
    await send(log, 'a')
    await until(() => app.metrics().processed === 1, 'it is processed')
    app.pause()
    await until(async () => (await log.admin.groupOffsets('app'))[0]?.offset === 1, 'it is committed')
  })
})

describe('close', () => {
  it('leaves the group: another instance takes over at once', async () => {
    const log = await logWith(2)
    const first = counting(log, { sessionTimeoutMs: 60_000 })
    await first.start()
    await using second = counting(log, { sessionTimeoutMs: 60_000 })
    await second.start()
    await until(() => tasksOf(second).join() === '1' && tasksOf(first).join() === '1', 'each has one')
    await first.close()
    await until(() => tasksOf(second).join() === '2', 'the second has both')
  })

  it('keeps its place in the group where told so, until its session ends', async () => {
    const log = await logWith(2)
    const first = counting(log, { sessionTimeoutMs: 1500 })
    await first.start()
    await using second = counting(log, { sessionTimeoutMs: 60_000 })
    await second.start()
    await until(() => tasksOf(second).join() === '1' && tasksOf(first).join() === '1', 'each has one')
    await first.close({ leaveGroup: false })
    await sleep(500)
    expect(tasksOf(second)).toEqual([1])
    await until(() => tasksOf(second).join() === '2', 'the second has both')
  })

  it('of a static member moves nothing: it gets its tasks back', async () => {
    const log = await logWith(2)
    const one = (instanceId: string): StreamsApp => counting(log, { sessionTimeoutMs: 60_000, instanceId })
    const first = one('one')
    await first.start()
    await using second = one('two')
    await second.start()
    await until(() => tasksOf(second).join() === '1' && tasksOf(first).join() === '1', 'each has one')
    const [{ taskId }] = first.metadataForLocalThreads()[0].activeTasks
    await first.close()
    await sleep(300)
    expect(tasksOf(second)).toEqual([1])
    const again = one('one')
    await again.start()
    await until(() => tasksOf(again).join() === '1', 'it is back')
    expect(again.metadataForLocalThreads()[0].activeTasks[0].taskId).toBe(taskId)
    await again.close({ leaveGroup: true })
    await until(() => tasksOf(second).join() === '2', 'the second has both')
  })

  it('of a static member between giving a task up and saying so: it says so when it is back', async () => {
    const log = await logWith(2)
    const one = (instanceId: string): StreamsApp => counting(log, { sessionTimeoutMs: 60_000, instanceId })
    const { member } = log
    log.member = (options) => Object.assign(member.call(log, options), { rejoin: () => {} })
    const first = one('one')
    await first.start()
    log.member = member
    await until(() => tasksOf(first).join() === '2', 'it has both')
    await using second = one('two')
    await second.start()
    await until(() => tasksOf(first).join() === '1', 'it has given one up')
    await first.close()
    await using again = one('one')
    await again.start()
    await until(() => tasksOf(again).join() === '1' && tasksOf(second).join() === '1', 'each has one')
  })

  it('of an app that is being started ends it', async () => {
    const log = await logWith(2)
    const app = counting(log)
    const starting = app.start()
    await app.close()
    await starting
    expect(app.state).toBe('not-running')
    await app.finished
    await expect(app.start()).rejects.toMatchObject({ code: 'MILLRACE_STATE' })
  })
})
