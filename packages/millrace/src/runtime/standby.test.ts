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

const PARTITIONS = 4
const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })

const OPTIONS = {
  applicationId: 'app',
  commitIntervalMs: 20,
  pollMs: 5,
  lingerMs: 0,
  cacheMaxBytes: 0,
  numStandbyReplicas: 1,
  processingGuarantee: 'exactly_once_v2',
  sessionTimeoutMs: 1000,
} as const

interface Instance {
  readonly app: StreamsApp
  readonly restored: Map<string, number>
  readonly updates: string[]
}

async function started(log: Log, options: Partial<StreamsAppOptions> = {}): Promise<Instance> {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  const restored = new Map<string, number>()
  const updates: string[] = []
  const app = new StreamsApp(builder.build(), {
    ...OPTIONS,
    log,
    onRestoreProgress: ({ task, restored: records }) => restored.set(task, records),
    onStandbyUpdate: ({ phase, task, reason }) => {
      if (phase !== 'batch') updates.push(`${task} ${phase} ${reason ?? ''}`.trim())
    },
    ...options,
  })
  await app.start()
  return { app, restored, updates }
}

async function until(log: Log, what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = log.clock.monotonic() + 8000
  while (!(await done())) {
    if (log.clock.monotonic() > deadline) throw new Error(`not within 8 s: ${what}`)
    await log.clock.sleep(5)
  }
}

async function prepared(): Promise<Log> {
  const log = memoryLog()
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: PARTITIONS })))
  return log
}

const KEYS = Array.from({ length: 40 }, (_, i) => `word-${i}`)
const feed = (log: Log): Promise<void> =>
  produce(
    log,
    words,
    KEYS.map((key) => ({ key, value: '' })),
  )

async function latest(log: Log): Promise<Map<string, number>> {
  const all = new Map<string, number>()
  for await (const { key, value } of readTopic(log, counts)) all.set(key as string, value as number)
  return all
}

async function reached(log: Log, n: number): Promise<void> {
  await until(log, `every word is counted ${n} times`, async () => {
    const now = await latest(log)
    return KEYS.every((key) => now.get(key) === n)
  })
}

function tasksOf(app: StreamsApp): { active: string[]; standby: string[] } {
  const threads = app.metadataForLocalThreads()
  return {
    active: threads.flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId)),
    standby: threads.flatMap(({ standbyTasks }) => standbyTasks),
  }
}

const balanced = ({ app }: Instance): boolean => {
  const { active, standby } = tasksOf(app)
  return active.length === 2 && standby.length === 2 && caughtUp({ app }, 2)
}

const caughtUp = ({ app }: Pick<Instance, 'app'>, tasks: number): boolean => {
  const lags = app.allLocalStorePartitionLags().filter(({ role }) => role === 'standby')
  return lags.length === tasks && lags.every(({ lag, position }) => lag === 0 && position > 0)
}

describe('standby tasks', () => {
  it('take over with what they have: nothing is restored but the tail', async () => {
    const log = await prepared()
    const first = await started(log)
    await feed(log)
    await reached(log, 1)
    const second = await started(log)
    await until(log, 'both have two tasks and two warm copies', () => balanced(first) && balanced(second))
    await feed(log)
    await reached(log, 2)
    const restoredBefore = [...second.restored]
    await first.app.close()
    await feed(log)
    await reached(log, 3)
    expect([...tasksOf(second.app).active].sort()).toEqual(['0_0', '0_1', '0_2', '0_3'])
    expect(tasksOf(second.app).standby).toEqual([])
    expect(second.updates.filter((update) => update.endsWith('promoted')).length).toBeGreaterThanOrEqual(2)
    expect([...second.restored]).toEqual(restoredBefore)
    await second.app.close()
  })

  it('become of active tasks that move away, with the state these have', async () => {
    const log = await prepared()
    const first = await started(log)
    await feed(log)
    await reached(log, 1)
    let begun = 0
    const second = await started(log, { onStandbyUpdate: ({ phase }) => phase === 'start' && begun++ })
    await until(log, 'both have two tasks', () => balanced(first) && balanced(second))
    // Of the demoted tasks nothing was read again: there is nothing to read but the end of a transaction.
    expect(first.updates.filter((update) => update.endsWith('start')).length).toBe(2)
    expect(first.restored.size).toBe(0)
    await feed(log)
    await reached(log, 2)
    expect(begun).toBeGreaterThan(0)
    await Promise.all([first.app.close(), second.app.close()])
  })

  it('are not in the process of the active task', async () => {
    const log = await prepared()
    const only = await started(log)
    await feed(log)
    await reached(log, 1)
    expect(tasksOf(only.app).standby).toEqual([])
    await only.app.close()
  })
})

describe('standby of a store that mirrors its source topic', () => {
  const people = topic('people', { key: string(), value: string() })
  const greetings = topic('greetings', { key: string(), value: string() })

  it('holds no more than what the group has committed, and takes over with it', async () => {
    const log = memoryLog()
    await log.admin.createTopics([people, greetings].map(({ name }) => ({ name, partitions: 1 })))
    const start = async (processed: () => void): Promise<StreamsApp> => {
      const builder = new StreamsBuilder()
      builder.table(people, { store: 'people' }).toStream().peek(processed).to(greetings)
      const app = new StreamsApp(builder.build({ optimization: 'all' }), { ...OPTIONS, log, commitIntervalMs: 60_000 })
      await app.start()
      return app
    }
    const position = (app: StreamsApp): number | undefined =>
      app.allLocalStorePartitionLags().find(({ role }) => role === 'standby')?.position
    let seen = 0
    const first = await start(() => seen++)
    await until(log, 'the first app has the task', () => tasksOf(first).active.length === 1)
    await produce(log, people, [{ key: 'ada', value: 'lovelace' }])
    await until(log, 'it is processed', () => seen === 1)
    const second = await start(() => seen++)
    await until(log, 'the second keeps it warm', () => tasksOf(second).standby.length === 1)
    await log.clock.sleep(100)
    expect(position(second)).toBe(0)
    await first.close()
    await until(log, 'the second has it', () => tasksOf(second).active.length === 1)
    await produce(log, people, [{ key: 'grace', value: 'hopper' }])
    await until(log, 'it goes on', () => seen === 2)
    await second.close()
  })
})

describe('warm-up', () => {
  it('keeps a task where its state is until its new worker has caught up', async () => {
    const log = await prepared()
    const options = { numStandbyReplicas: 0, acceptableRecoveryLag: 0 }
    const first = await started(log, options)
    await feed(log)
    await reached(log, 1)
    const second = await started(log, options)
    await until(log, 'the tasks are shared', () => tasksOf(second.app).active.length === 2)
    const warmed = second.updates.filter((update) => update.endsWith('promoted'))
    expect(warmed.length).toBe(2)
    expect(second.restored.size).toBe(0)
    await feed(log)
    await reached(log, 2)
    expect(tasksOf(second.app).standby).toEqual([])
    await Promise.all([first.app.close(), second.app.close()])
  })
})
