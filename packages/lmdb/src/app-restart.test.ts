/**
 * An app on LMDB stores that stops and starts again: what it has to restore is the tail, and nothing is lost.
 */

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type KeyValueStore,
  type Log,
  long,
  memoryLog,
  produce,
  StreamsApp,
  type StreamsAppOptions,
  StreamsBuilder,
  string,
  topic,
  type ValueAndTimestamp,
} from 'millrace'
import { afterAll, describe, expect, it } from 'vitest'
import { lmdbStores } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-lmdb-app-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })

function wordCount() {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'word-counts' }).toStream().to(counts)
  return builder.build()
}

function app(
  log: Log,
  stateDir: string,
  restored: Map<string, number>,
  options: Partial<StreamsAppOptions> = {},
): StreamsApp {
  return new StreamsApp(wordCount(), {
    applicationId: 'app',
    commitIntervalMs: 20,
    cacheMaxBytes: 0,
    pollMs: 10,
    log,
    stateDir,
    stateStores: lmdbStores(),
    onRestoreProgress: ({ task, restored: count }) => restored.set(task, count),
    ...options,
  })
}

type Counts = KeyValueStore<string, ValueAndTimestamp<number>>

async function counted(running: StreamsApp, expected: number): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    let sum = 0
    for (const store of running.stores<never>('word-counts') as Counts[])
      for (const [, { value }] of store.all()) sum += value
    if (sum === expected) return
    if (running.state === 'error') await running.finished
    if (Date.now() > deadline) throw new Error(`counted ${sum} of ${expected}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const records = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `word-${index % 100}`, value: 'x', timestamp: index }))

describe('an app on lmdb stores', () => {
  it('restores nothing after a clean stop, and only the tail after an unclean one', async () => {
    const log = memoryLog()
    await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
    const stateDir = join(root, 'state')
    const restored = new Map<string, number>()

    const first = app(log, stateDir, restored)
    await first.start()
    await produce(log, words, records(5_000))
    await counted(first, 5_000)
    await first.close()

    const second = app(log, stateDir, restored)
    await second.start()
    await counted(second, 5_000)
    expect(restored.size).toBe(0)
    // The files as they are now are what a crash leaves behind that happens 300 records later.
    await second.close()
    cpSync(stateDir, join(root, 'crashed'), { recursive: true })
    const third = app(log, stateDir, restored)
    await third.start()
    await produce(log, words, records(300))
    await counted(third, 5_300)
    await third.close()

    const afterCrash = app(log, join(root, 'crashed'), restored)
    await afterCrash.start()
    await counted(afterCrash, 5_300)
    expect([...restored.values()]).toEqual([300])
    await afterCrash.close()
  })

  it('restores everything where the files are gone', async () => {
    const log = memoryLog()
    await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
    const stateDir = join(root, 'gone')
    const restored = new Map<string, number>()
    const first = app(log, stateDir, restored)
    await first.start()
    await produce(log, words, records(1_000))
    await counted(first, 1_000)
    await first.close()
    rmSync(stateDir, { recursive: true })
    await using second = app(log, stateDir, restored)
    await second.start()
    await counted(second, 1_000)
    expect([...restored.values()]).toEqual([1_000])
  })

  it('cleans up: tasks that went elsewhere while it runs, everything when told; all is restored then', async () => {
    const log = memoryLog()
    await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
    const stateDir = join(root, 'cleaned')
    const restored = new Map<string, number>()
    const left = lmdbStores().open({ applicationId: 'app', taskId: '0_7', storeName: 's', stateDir })
    left.close()
    const first = app(log, stateDir, restored, { stateCleanupDelayMs: 200 })
    await first.start()
    await produce(log, words, records(1_000))
    await counted(first, 1_000)
    const deadline = Date.now() + 10_000
    while (existsSync(join(stateDir, 'app', '0_7')) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readdirSync(join(stateDir, 'app')).sort()).toEqual(['0_0', 'millrace.lock'])
    const twin = app(log, stateDir, restored)
    expect(() => twin.cleanUp()).toThrow(/in use by this process/)
    await first.close()
    twin.cleanUp()
    expect(readdirSync(stateDir)).toEqual([])
    await using second = app(log, stateDir, restored)
    await second.start()
    await counted(second, 1_000)
    expect([...restored.values()]).toEqual([1_000])
  })
})
