import { expect, it } from 'vitest'
import {
  long,
  type MemoryLog,
  memoryLog,
  produce,
  readTopic,
  StreamsApp,
  StreamsBuilder,
  string,
  topic,
} from '../index.ts'
import { partitionFor } from '../log/partitioner.ts'
import { deferred } from './deferred.ts'

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })
const keyOf = (partition: number): string =>
  'abcdefgh'.split('').find((key) => partitionFor(Buffer.from(key), 2) === partition) as string

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function started(log: MemoryLog): Promise<StreamsApp> {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  const app = new StreamsApp(builder.build(), {
    applicationId: 'app',
    log,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 20,
    pollMs: 5,
    lingerMs: 5,
    cacheMaxBytes: 0,
    heartbeatIntervalMs: 30,
    sessionTimeoutMs: 5000,
  })
  await app.start()
  return app
}

const tasksOf = (app: StreamsApp): number => app.stores('counts').length

it('lets running tasks go on while the committed offsets of new ones are awaited', async () => {
  let hold = false
  const released = deferred<void>()
  const held = deferred<void>()
  const log = memoryLog({
    requestTimeoutMs: 30_000,
    interceptor: {
      async before({ operation }) {
        if (operation !== 'fetchOffsets' || !hold) return
        held.resolve()
        await released.promise
      },
    },
  })
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 2 })))
  const counted = async (): Promise<string[]> => {
    const all: string[] = []
    for await (const { key, value } of readTopic(log, counts)) all.push(`${key}${value}`)
    return all
  }
  const one = await started(log)
  await until(() => tasksOf(one) === 2, 'the first app runs both tasks')
  const two = await started(log)
  await until(() => tasksOf(one) === 1 && tasksOf(two) === 1, 'each app runs one')
  hold = true
  await two.close()
  await held.promise
  await produce(
    log,
    words,
    [0, 1].map((partition) => ({ key: keyOf(partition), value: '' })),
  )
  await until(async () => (await counted()).length === 1, 'the task that runs has counted')
  expect(one.state).toBe('rebalancing')
  released.resolve()
  await until(async () => (await counted()).length === 2, 'the other one has, too')
  await until(() => one.state === 'running', 'all runs')
  expect((await counted()).toSorted()).toEqual([`${keyOf(0)}1`, `${keyOf(1)}1`].toSorted())
  await one.close()
  await log.close()
})

// Seed 125 of the simulator's patterns: a task stayed open nowhere.
it('gives a task up to the group that is taken away before its committed offsets are known', async () => {
  let hold = true
  const released = deferred<void>()
  const held = deferred<void>()
  const log = memoryLog({
    requestTimeoutMs: 30_000,
    interceptor: {
      async before({ operation }) {
        if (operation !== 'fetchOffsets' || !hold) return
        held.resolve()
        await released.promise
      },
    },
  })
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 2 })))
  const one = await started(log)
  await held.promise
  hold = false
  const two = await started(log)
  await until(() => tasksOf(one) === 1 && tasksOf(two) === 1, 'each app runs one')
  released.resolve()
  await Promise.all([one.close(), two.close()])
  await log.close()
})
