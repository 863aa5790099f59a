/**
 * An app with no store of its own choice, that stops and starts again: what it restores is the tail, nothing is lost, and
 * what is not its log's is never trusted.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
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
} from '../index.ts'
import { lockDirectory } from '../state/directory-lock.ts'
import { offHeapStores } from '../state/offheap/off-heap-stores.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-local-state-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })

function app(
  log: Log,
  stateDir: string,
  restored: Map<string, number> = new Map(),
  options: Partial<StreamsAppOptions> = {},
): StreamsApp {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'word-counts' }).toStream().to(counts)
  return new StreamsApp(builder.build(), {
    applicationId: 'app',
    commitIntervalMs: 20,
    cacheMaxBytes: 0,
    pollMs: 10,
    log,
    stateDir,
    onRestoreProgress: ({ task, restored: count }) => restored.set(task, count),
    ...options,
  })
}

/** A log in memory that is said to outlive the process: here it does, for the process stays. */
async function lastingLog(): Promise<Log> {
  const log = memoryLog()
  await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
  return { ...log, capabilities: { ...log.capabilities, durable: true } }
}

type Counts = KeyValueStore<string, ValueAndTimestamp<number>>

async function table(running: StreamsApp, expected: number): Promise<Map<string, number>> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const all = new Map<string, number>()
    for (const store of running.stores<never>('word-counts') as Counts[])
      for (const [key, { value }] of store.all()) all.set(key, value)
    const sum = [...all.values()].reduce((total, count) => total + count, 0)
    if (sum === expected) return all
    if (running.state === 'error') await running.finished
    if (Date.now() > deadline) throw new Error(`counted ${sum} of ${expected}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const records = (count: number, word = 'word') =>
  Array.from({ length: count }, (_, index) => ({ key: `${word}-${index % 100}`, value: 'x', timestamp: index }))

describe('local state of an app', () => {
  it('restores nothing after a clean stop, and only the tail after an unclean one', async () => {
    const log = await lastingLog()
    const stateDir = join(root, 'state')
    const restored = new Map<string, number>()

    const first = app(log, stateDir, restored)
    await first.start()
    await produce(log, words, records(5_000))
    await table(first, 5_000)
    await first.close()
    expect(readdirSync(join(stateDir, 'app'))).toEqual(['0_0'])

    const second = app(log, stateDir, restored)
    await second.start()
    await table(second, 5_000)
    expect(restored.size).toBe(0)
    // The files as they are now are what a crash leaves behind that happens 300 records later.
    await second.close()
    cpSync(stateDir, join(root, 'crashed'), { recursive: true })
    const third = app(log, stateDir, restored)
    await third.start()
    await produce(log, words, records(300))
    await table(third, 5_300)
    await third.close()

    const afterCrash = app(log, join(root, 'crashed'), restored)
    await afterCrash.start()
    await table(afterCrash, 5_300)
    expect([...restored.values()]).toEqual([300])
    await afterCrash.close()
  })

  it('stays off the disk on a log that does not outlive the process: a second run gives what the first gave', async () => {
    const stateDir = join(root, 'memory')
    for (let run = 0; run < 2; run++) {
      const log = memoryLog()
      await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
      await using running = app(log, stateDir)
      await running.start()
      await produce(log, words, records(100))
      expect((await table(running, 100)).get('word-7')).toBe(1)
    }
    expect(existsSync(stateDir)).toBe(false)
  })

  it('forgets the state of a log that was made anew: its offset is beyond the end', async () => {
    const stateDir = join(root, 'foreign')
    const old = await lastingLog()
    const before = app(old, stateDir)
    await before.start()
    await produce(old, words, records(500, 'old'))
    await table(before, 500)
    await before.close()

    const anew = await lastingLog()
    const after = app(anew, stateDir)
    await after.start()
    await produce(anew, words, records(100, 'new'))
    expect([...(await table(after, 100)).keys()].filter((key) => key.startsWith('old'))).toEqual([])
    await after.close()
    const again = app(anew, stateDir)
    await again.start()
    expect((await table(again, 100)).size).toBe(100)
    await again.close()
  })

  it('does not start in a directory that another process has, and says what to do', async () => {
    const stateDir = join(root, 'locked')
    lockDirectory(join(stateDir, 'app')).release()
    // A process of another machine counts as alive.
    writeFileSync(
      join(stateDir, 'app', 'millrace.lock'),
      JSON.stringify({ pid: 1, started: '', boot: '', host: 'other' }),
    )
    const refused = app(await lastingLog(), stateDir)
    await expect(refused.start()).rejects.toThrow(/in use by process 1 on other.*another stateDir/)
  })
})

/** State of a task, as an app that had it left it. */
function leave(stateDir: string, taskId: string): void {
  const store = offHeapStores().open({ applicationId: 'app', taskId, storeName: 's', stateDir })
  store.write([[Buffer.from('k'), Buffer.from('v')]], 1)
  store.close()
}

describe('cleanUp', () => {
  it('removes the state of the application and nothing else, before the start and after the end; all is restored', async () => {
    const log = await lastingLog()
    const stateDir = join(root, 'cleaned')
    const restored = new Map<string, number>()
    const first = app(log, stateDir, restored)
    first.cleanUp()
    await first.start()
    await produce(log, words, records(500))
    await table(first, 500)
    expect(() => first.cleanUp()).toThrow(/cannot be removed while the app is (running|rebalancing). Close it first/)
    const twin = app(log, stateDir)
    expect(() => twin.cleanUp()).toThrow(/in use by this process/)
    await first.close()
    mkdirSync(join(stateDir, 'another-app', '0_0'), { recursive: true })
    writeFileSync(join(stateDir, 'app', 'notes'), '')
    first.cleanUp()
    expect([readdirSync(join(stateDir, 'app')), readdirSync(join(stateDir, 'another-app'))]).toEqual([
      ['notes'],
      ['0_0'],
    ])
    rmSync(join(stateDir, 'app', 'notes'))
    const second = app(log, stateDir, restored)
    await second.start()
    await table(second, 500)
    expect([...restored.values()]).toEqual([500])
    await second.close()
    app(log, stateDir).cleanUp()
    expect(readdirSync(stateDir)).toEqual(['another-app'])
  })

  it('removes nothing where another process has the directory or a task, and names both', async () => {
    const log = await lastingLog()
    const stateDir = join(root, 'not-cleaned')
    for (const taskId of ['0_0', '0_1']) leave(stateDir, taskId)
    const owner = JSON.stringify({ pid: 7, started: '', boot: '', host: 'elsewhere' })
    for (const folder of ['app', join('app', '0_1')]) {
      const path = join(stateDir, folder, 'millrace.lock')
      writeFileSync(path, owner)
      expect(() => app(log, stateDir).cleanUp()).toThrow(
        expect.objectContaining({
          code: 'MILLRACE_STATE_LOCKED',
          message: expect.stringMatching(`${folder} is in use by process 7 on elsewhere`),
        }),
      )
      rmSync(path)
      expect(readdirSync(join(stateDir, 'app')).sort()).toEqual(['0_0', '0_1'])
      expect(existsSync(join(stateDir, 'app', '0_0', 'offheap'))).toBe(true)
    }
  })

  it("leaves the disk alone where the app keeps nothing there, and refuses where the stores can't", () => {
    const stateDir = join(root, 'of-another-log')
    mkdirSync(join(stateDir, 'app', '0_0'), { recursive: true })
    app(memoryLog(), stateDir).cleanUp()
    expect(readdirSync(join(stateDir, 'app'))).toEqual(['0_0'])
    const { cleanUp: _, ...stateStores } = offHeapStores()
    expect(() => app(memoryLog(), stateDir, new Map(), { stateStores }).cleanUp()).toThrow(/off-heap stores have no/)
  })
})

describe('state of tasks that went elsewhere', () => {
  it('is removed after stateCleanupDelayMs while the app runs; what the app has stays, and is there after a restart', async () => {
    const log = await lastingLog()
    const stateDir = join(root, 'delayed')
    const restored = new Map<string, number>()
    leave(stateDir, '0_7')
    const running = app(log, stateDir, restored, { stateCleanupDelayMs: 300 })
    await running.start()
    await produce(log, words, records(200))
    await table(running, 200)
    const deadline = Date.now() + 10_000
    while (readdirSync(join(stateDir, 'app')).includes('0_7') && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readdirSync(join(stateDir, 'app')).sort()).toEqual(['0_0', 'millrace.lock'])
    await produce(log, words, records(200))
    await table(running, 400)
    await running.close()
    leave(stateDir, '0_7')
    const again = app(log, stateDir, restored)
    await again.start()
    await table(again, 400)
    expect([restored.size, readdirSync(join(stateDir, 'app')).includes('0_7')]).toEqual([0, true])
    await again.close()
  })
})
