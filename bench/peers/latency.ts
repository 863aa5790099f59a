/**
 * `--latency RATE`: time from an event's timestamp to its result being read, at a steady rate, for P1 and P2, with the peers'
 * default settings and with those of lowest latency. Timestamps are whole milliseconds, so that is the resolution.
 */

import { build, type Histogram } from 'hdr-histogram-js'
import type { Log } from 'millrace/log'
import { Application } from './application.ts'
import type { BenchOptions } from './bench-options.ts'
import { steadyLoad } from './steady-load.ts'

const WARM_UP_MS = 15_000
const MEASURE_MS = 40_000

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

export async function latency(log: Log, brokers: string, rate: number, all: BenchOptions): Promise<LatencyResult[]> {
  const results: LatencyResult[] = []
  for (const pipeline of ['p1', 'p2'].filter((name) => all.pipelines.includes(name))) {
    for (const [settings, values] of Object.entries(SETTINGS)) {
      for (const peer of all.peers) {
        const options = { ...all, ...values }
        await using application = await Application.create(log, { peer, pipeline, brokers, options })
        const histogram = await run(log, application, rate, options)
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

async function run(log: Log, application: Application, rate: number, { partitions }: BenchOptions): Promise<Histogram> {
  const worker = application.startWorker()
  await worker.running
  const stop = new AbortController()
  const sending = steadyLoad(log, { topic: application.input, partitions, rate }, stop.signal)
  const histogram = await measure(log, application.output, partitions, Date.now() + WARM_UP_MS)
  stop.abort()
  await sending
  await worker.stop()
  return histogram
}

/** Latencies of results of events sent after `from`, as they are read. */
async function measure(log: Log, output: string, partitions: number, from: number): Promise<Histogram> {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000,
    numberOfSignificantValueDigits: 3,
  })
  const fetcher = log.fetcher()
  for (let partition = 0; partition < partitions; partition++) fetcher.assign({ topic: output, partition }, 0)
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
