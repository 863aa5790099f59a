/**
 * One measurement of ours in a process of its own: `measure.ts WHAT WORKLOAD N`, one JSON line.
 *
 * - `matcher-event`, `matcher-processing`: the matcher alone, in memory, by event time and by the wall clock.
 * - `app-memory`: `detect` in a StreamsApp on the embedded log, events as JSON records that are there when the clock starts; the
 *   clock stops when all are committed. Its store is in memory and has no changelog. `app-lmdb`, `app-rocksdb`: the store is
 *   on disk and has its changelog; with `-once` exactly once.
 * - `one-key`: many runs on one key of the matcher: `live-runs`, `combinations`, `memory`.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStores } from '@millrace/lmdb'
import { detect, EventTimeMatcher, type KeyRuns, matcherOf, type Pattern, pattern } from '@millrace/patterns'
import { rocksdbStores } from '@millrace/rocksdb'
import { json, memoryLog, produce, StreamsApp, StreamsBuilder, string, topic } from 'millrace'
import { type Tick, tick } from './ticks.ts'
import { PATTERNS, type Workload } from './workloads.ts'

interface Result {
  readonly outputs: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** What the runs of `one-key memory` take, their events included. */
let heapBytes: number | undefined

const [, , what, workload, count] = process.argv
const n = Number(count)

const SETTINGS = { semantics: 'flink', skip: 'pastLastEvent' } as const

async function timed(run: () => Promise<number> | number): Promise<Result> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const outputs = await run()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { outputs, seconds, cpuSeconds: (user + system) / 1e6 }
}

/** Watermarks as often as Flink's peer has them at its speed: every 20,000 events or so; one an event would sort nothing. */
const WATERMARK_EVERY = 20_000

function eventTime(of: Workload): number {
  let outputs = 0
  const matcher = new EventTimeMatcher<number, Tick>(matcherOf(PATTERNS[of], SETTINGS), (_key, { matches }) => {
    outputs += matches.length
  })
  for (let i = 0; i < n; i++) {
    const event = tick(i)
    matcher.offer(event.key, event, event.timestamp)
    if (i % WATERMARK_EVERY === WATERMARK_EVERY - 1) matcher.advance(i - 1)
  }
  matcher.advance(Number.MAX_SAFE_INTEGER)
  return outputs
}

function processingTime(of: Workload): number {
  let outputs = 0
  const matcher = matcherOf(PATTERNS[of], SETTINGS)
  const keys = new Map<number, KeyRuns<Tick>>()
  for (let i = 0; i < n; i++) {
    const event = tick(i)
    let key = keys.get(event.key)
    if (key === undefined) keys.set(event.key, (key = matcher.start()))
    const now = performance.now()
    matcher.advance(key, now)
    outputs += matcher.process(key, event, now).matches.length
  }
  return outputs
}

async function app(of: Workload, kind: string): Promise<Result> {
  const ticks = topic('ticks', { key: string(), value: json<Tick>() })
  const builder = new StreamsBuilder()
  const persistent = kind !== 'app-memory'
  const { matches } = builder
    .stream(ticks)
    .groupByKey()
    .apply(detect(PATTERNS[of], { ...SETTINGS, name: 'bench', logging: persistent, inMemory: !persistent }))
  let outputs = 0
  matches.foreach(() => {
    outputs++
  })
  const log = memoryLog()
  await log.admin.createTopics([{ name: ticks.name, partitions: 1 }])
  for (let at = 0; at < n; at += 100_000) {
    const batch = Array.from({ length: Math.min(100_000, n - at) }, (_, i) => tick(at + i))
    await produce(
      log,
      ticks,
      batch.map((value) => ({ key: String(value.key), value, timestamp: value.timestamp })),
    )
  }
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-patterns-'))
  const streams = new StreamsApp(builder.build(), {
    applicationId: 'bench',
    log,
    processingGuarantee: kind.endsWith('-once') ? 'exactly_once_v2' : 'at_least_once',
    commitIntervalMs: 100,
    stateDir,
    ...(persistent ? { stateStores: kind.startsWith('app-rocksdb') ? rocksdbStores() : lmdbStores() } : {}),
  })
  const result = await timed(async () => {
    await streams.start()
    for (;;) {
      const committed = (await log.admin.groupOffsets('bench')).find((one) => one.topic === 'ticks')
      if ((committed?.offset ?? 0) >= n) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return outputs
  })
  await streams.close()
  rmSync(stateDir, { recursive: true, force: true })
  return result
}

/** `n` starts that wait for an end, or the combinations of n repeats, then the end; as Flink's peer: time moves with each event. */
function oneKey(combinations: boolean): number {
  const a = pattern<Tick>().begin('a', (event) => event.type === 0)
  const end = (event: Tick): boolean => event.type === 1
  const of: Pattern<Tick, unknown> = combinations
    ? a.oneOrMore().allowCombinations().followedBy('z', end)
    : a.followedBy('z', end)
  const matcher = matcherOf(of, { semantics: 'flink' })
  const key = matcher.start()
  const before = liveBytes()
  let outputs = 0
  for (let i = 1; i <= n + 1; i++) {
    if (i > n && workload === 'memory') heapBytes = liveBytes() - before
    matcher.advance(key, i)
    outputs += matcher.process(key, { key: 0, type: i > n ? 1 : 0, timestamp: i }, i).matches.length
  }
  return outputs
}

function liveBytes(): number {
  if (workload !== 'memory') return 0
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function measured(): Promise<Result> {
  if (what === 'matcher-event') return timed(() => eventTime(workload as Workload))
  if (what === 'matcher-processing') return timed(() => processingTime(workload as Workload))
  if (what === 'one-key') return timed(() => oneKey(workload === 'combinations'))
  return app(workload as Workload, what)
}

process.stdout.write(`${JSON.stringify({ ...(await measured()), heapBytes })}\n`)
process.exit(0)
