import { expect, it } from 'vitest'
import { bytes, memoryLog, produce, topic } from '../index.ts'
import type { FetchedBatch } from '../log/fetcher.ts'
import type { Log } from '../log/log.ts'
import { type Clock, systemClock } from '../record/clock.ts'
import type { ColumnBatch } from '../record/column-batch.ts'
import type { StateStore } from '../state/state-store.ts'
import type { RestoreProgress } from './restore-progress.ts'
import { Restorer } from './restorer.ts'
import type { Task } from './task.ts'

const changelog = topic('changelog', { key: bytes(), value: bytes() })
const RECORDS = 20_000
const MS_PER_RECORD = 0.01

/** A store that takes its time, on a clock that only it moves. */
class SlowStore {
  readonly name = 'slow'
  readonly #spend: (ms: number) => void
  readonly offsets: number[] = []
  #committed: number | undefined

  constructor(spend: (ms: number) => void) {
    this.#spend = spend
  }

  restore(batch: ColumnBatch): void {
    for (let row = 0; row < batch.count; row++) this.offsets.push(batch.offsets[row])
    this.#spend(batch.count * MS_PER_RECORD)
  }

  commit(offset: number): void {
    this.#committed = offset
  }

  committedOffset(): number | undefined {
    return this.#committed
  }
}

it('applies in slices, so that no turn is longer than 20 ms, and misses nothing', async () => {
  let now = 0
  const clock: Clock = { ...systemClock(), monotonic: () => now }
  const log = memoryLog({ clock })
  await log.admin.createTopics([{ name: changelog.name, partitions: 1 }])
  const record = { key: Buffer.from('key'), value: Buffer.from('value') }
  for (let sent = 0; sent < RECORDS; sent += 2000) await produce(log, changelog, new Array(2000).fill(record))
  const store = new SlowStore((ms) => {
    now += ms
  })
  const progress: RestoreProgress[] = []
  const restorer = new Restorer(log, { onRestoreProgress: (each) => progress.push(each), onStandbyUpdate: () => {} })
  const task = { name: '0_0' } as Task
  const partition = { topic: changelog.name, partition: 0 }
  await restorer.restore(task, [{ store: store as unknown as StateStore, partition, limit: undefined }])
  let longest = 0
  while (restorer.isRestoring(task)) {
    const before = now
    await restorer.poll(0)
    longest = Math.max(longest, now - before)
  }
  expect(longest).toBeGreaterThan(0)
  expect(longest).toBeLessThan(20)
  expect(store.offsets).toEqual(Array.from({ length: RECORDS }, (_, offset) => offset))
  expect(progress[0]).toMatchObject({ phase: 'start', restored: 0, remaining: RECORDS, secondsLeft: undefined })
  const last = progress.at(-1)
  expect(last).toMatchObject({ phase: 'end', restored: RECORDS, bytes: 8 * RECORDS, remaining: 0 })
  const half = progress.find(({ remaining }) => remaining <= RECORDS / 2) as RestoreProgress
  expect(half.secondsLeft).toBeCloseTo((half.remaining * MS_PER_RECORD) / 1000, 5)
  await restorer.close()
  await log.close()
})

/** The log, with batches that tell when they are released. */
function releasing(log: Log, onRelease: (batch: FetchedBatch) => void): Log {
  return {
    ...log,
    admin: log.admin,
    clock: log.clock,
    fetcher(options) {
      const fetcher = log.fetcher(options)
      const poll = fetcher.poll.bind(fetcher)
      fetcher.poll = async (...parameters) =>
        (await poll(...parameters)).map((batch) => ({ ...batch, release: () => onRelease(batch) }))
      return fetcher
    },
  }
}

it('releases each batch once, when its last row is applied or its task is stopped', async () => {
  let now = 0
  const clock: Clock = { ...systemClock(), monotonic: () => now }
  const log = memoryLog({ clock })
  const topics = ['first', 'second'].map((name) => topic(name, { key: bytes(), value: bytes() }))
  await log.admin.createTopics(topics.map(({ name }) => ({ name, partitions: 1 })))
  const record = { key: Buffer.from('key'), value: Buffer.from('value') }
  for (const each of topics) await produce(log, each, new Array(2000).fill(record))
  const released: { topic: string; applied: number; rows: number }[] = []
  const stores = new Map(
    topics.map(({ name }) => [
      name,
      new SlowStore((ms) => {
        now += ms
      }),
    ]),
  )
  const watched = releasing(log, ({ topic: name, batch }) => {
    released.push({ topic: name, rows: batch.count, applied: stores.get(name)?.offsets.length ?? 0 })
  })
  const restorer = new Restorer(watched, { onRestoreProgress: () => {}, onStandbyUpdate: () => {} })
  const tasks = topics.map(({ name }) => ({ name }) as Task)
  for (const [index, task] of tasks.entries()) {
    const { name } = topics[index]
    const store = stores.get(name) as unknown as StateStore
    await restorer.restore(task, [{ store, partition: { topic: name, partition: 0 }, limit: undefined }])
  }
  await restorer.poll(0)
  // A turn is over after 1024 rows.
  expect(released).toEqual([])
  restorer.stop(tasks[1])
  while (restorer.isRestoring(tasks[0])) await restorer.poll(0)
  for (const { topic: name, applied } of released) expect(applied).toBe(name === 'first' ? 2000 : 0)
  expect(released.filter(({ topic: name }) => name === 'first').map(({ rows }) => rows)).toEqual([2000])
  await restorer.close()
  await log.close()
})
