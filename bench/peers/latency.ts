/**
 * `--latency RATE`: time from an event's timestamp to its result being read, at a steady rate, for P1 and P2, with the peers'
 * default settings and with those of lowest latency. Timestamps are whole milliseconds, so that is the resolution.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build, type Histogram } from 'hdr-histogram-js'
import { type Log, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { events } from '../micro/events.ts'
import { PARTITIONS } from './inputs.ts'
import type { BenchOptions } from './options.ts'
import { PeerProcess } from './peer-process.ts'
import { peerNamed } from './peers.ts'
import { internalTopics } from './progress.ts'

const WARM_UP_MS = 15_000
const MEASURE_MS = 40_000
const TICK_MS = 2
const USERS = 100_000

const SETTINGS = {
  defaults: { commitMs: 30_000, cacheBytes: 10 * 1024 * 1024, lingerMs: undefined },
  'lowest latency': { commitMs: 1000, cacheBytes: 0, lingerMs: 0 },
} as const

export interface LatencyResult {
  readonly pipeline: string
  readonly peer: string
  readonly settings: string
  readonly rate: number
  /** ms. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly results: number
}

export async function latency(
  log: Log,
  brokers: string,
  rate: number,
  options: BenchOptions,
): Promise<LatencyResult[]> {
  await log.admin.createTopics([{ name: 'events', partitions: PARTITIONS, config: { 'retention.ms': '-1' } }])
  const results: LatencyResult[] = []
  for (const pipeline of ['p1', 'p2'].filter((name) => options.pipelines.includes(name))) {
    for (const [settings, values] of Object.entries(SETTINGS)) {
      for (const peer of options.peers) {
        const id = `latency-${pipeline}-${peer}-${process.pid}-${results.length}`
        const histogram = await run(log, brokers, { id, pipeline, peer, rate, ...values }, options)
        const [p50, p99, p999] = [50, 99, 99.9].map((percent) => histogram.getValueAtPercentile(percent))
        results.push({ pipeline, peer, settings, rate, p50, p99, p999, results: histogram.totalCount })
        process.stderr.write(`${pipeline} ${settings} ${peer}: ${p50} / ${p99} / ${p999} ms\n`)
      }
    }
  }
  return results
}

export function latencyTable(results: readonly LatencyResult[]): string {
  const rows = results.map(
    ({ pipeline, settings, peer, p50, p99, p999, results: count }) =>
      `| ${pipeline} | ${settings} | ${peer} | ${p50} | ${p99} | ${p999} | ${count.toLocaleString('en')} |`,
  )
  return [
    '| pipeline | settings | peer | p50 ms | p99 | p99.9 | results |',
    '|---|---|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n')
}

interface LatencyRun {
  readonly id: string
  readonly pipeline: string
  readonly peer: string
  readonly rate: number
  readonly commitMs: number
  readonly cacheBytes: number
  readonly lingerMs: number | undefined
}

async function run(log: Log, brokers: string, plan: LatencyRun, { guarantee, threads, store }: BenchOptions) {
  const { id, pipeline, peer, rate, commitMs, cacheBytes, lingerMs } = plan
  const output = `output-of-${id}`
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  await log.admin.createTopics([{ name: output, partitions: PARTITIONS, config: { 'retention.ms': '-1' } }])
  const settings = { guarantee, threads, store, commitMs, cacheBytes, lingerMs }
  const command = peerNamed(peer).command({ ...settings, pipeline, applicationId: id, brokers, output, stateDir })
  const child = new PeerProcess(command)
  try {
    await child.running
    const stop = new AbortController()
    const sending = send(log, rate, stop.signal)
    const histogram = await measure(log, output, Date.now() + WARM_UP_MS)
    stop.abort()
    await sending
    await child.stop()
    return histogram
  } finally {
    child.kill()
    rmSync(stateDir, { recursive: true, force: true })
    await log.admin.deleteTopics([output, ...(await internalTopics(log, id)).map(({ name }) => name)])
  }
}

/** Sends events of now, evenly over time: what is due at each tick. */
async function send(log: Log, rate: number, signal: AbortSignal): Promise<void> {
  const producer = log.producer()
  await producer.init()
  const source = events(Number.MAX_SAFE_INTEGER, USERS, 9)
  const start = performance.now()
  let sent = 0
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate)
    const open = new Map<number, RecordBatchBuilder>()
    for (; sent < due; sent++) {
      const { key, value } = source.next().value as { key: string; value: string }
      const partition = partitionFor(Buffer.from(key), PARTITIONS)
      const batch = open.get(partition) ?? new RecordBatchBuilder()
      open.set(partition, batch)
      batch.append(key, value, Date.now(), undefined)
    }
    for (const [partition, records] of open) producer.send({ topic: 'events', partition, records }).catch(() => {})
    await sleep(TICK_MS)
  }
  await producer.close()
}

/** Latencies of results of events sent after `from`, as they are read. */
async function measure(log: Log, output: string, from: number): Promise<Histogram> {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000,
    numberOfSignificantValueDigits: 3,
  })
  const fetcher = log.fetcher()
  for (let partition = 0; partition < PARTITIONS; partition++) fetcher.assign({ topic: output, partition }, 0)
  while (Date.now() < from + MEASURE_MS) {
    for (const { batch } of await fetcher.poll(100)) {
      const now = Date.now()
      for (let row = 0; row < batch.count; row++) {
        if (batch.timestamps[row] >= from) histogram.recordValue(Math.max(0, now - batch.timestamps[row]))
      }
    }
  }
  await fetcher.close()
  return histogram
}
