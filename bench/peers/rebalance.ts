/**
 * `--measure rebalance`: the longest silence of any output partition while a worker is added, closed and killed, at a steady
 * rate. Settings are those of lowest latency and the default session timeout (45 s on both sides), after which a killed
 * worker's partitions can move at the earliest.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from 'millrace/log'
import { Application } from './application.ts'
import type { BenchOptions } from './bench-options.ts'
import { Silence } from './silence.ts'
import { steadyLoad } from './steady-load.ts'

const RATE = 2000
const SETTLE_MS = 15_000
const SESSION_TIMEOUT_MS = 45_000
const SETTINGS = { commitMs: 1000, cacheBytes: 0, lingerMs: 0 }

export interface RebalanceResult {
  readonly pipeline: string
  readonly peer: string
  /** Longest silence of an output partition, ms: with nothing going on, and around each change. */
  readonly steady: number
  readonly added: number
  readonly closed: number
  readonly killed: number
}

export async function rebalance(log: Log, brokers: string, all: BenchOptions): Promise<RebalanceResult[]> {
  const results: RebalanceResult[] = []
  for (const pipeline of ['p1', 'p2'].filter((name) => all.pipelines.includes(name))) {
    for (const peer of all.peers) {
      const options = { ...all, ...SETTINGS }
      await using application = await Application.create(log, { peer, pipeline, brokers, options })
      const result = { pipeline, peer, ...(await measure(log, application, options.partitions)) }
      results.push(result)
      process.stderr.write(`${JSON.stringify(result)}\n`)
    }
  }
  return results
}

async function measure(log: Log, application: Application, partitions: number) {
  await application.startWorker().running
  const stop = new AbortController()
  const load = { topic: application.input, partitions, rate: RATE }
  const silence = new Silence(partitions, performance.now())
  const working = Promise.all([
    steadyLoad(log, load, stop.signal),
    listen(log, application.output, partitions, silence, stop.signal),
  ])
  await sleep(SETTLE_MS)
  /** Longest silence from now until some time after the change. */
  const around = async (change: () => Promise<void>, settleMs = SETTLE_MS): Promise<number> => {
    const from = performance.now()
    await change()
    await sleep(settleMs)
    return Math.round(silence.longest(from, performance.now()))
  }
  try {
    const steady = await around(async () => {})
    let second = application.startWorker()
    const added = await around(() => second.running)
    const closed = await around(() => second.stop())
    second = application.startWorker()
    await second.running
    await sleep(SETTLE_MS)
    const killed = await around(async () => second.kill(), SESSION_TIMEOUT_MS + SETTLE_MS)
    return { steady, added, closed, killed }
  } finally {
    stop.abort()
    await working
  }
}

async function listen(
  log: Log,
  topic: string,
  partitions: number,
  silence: Silence,
  signal: AbortSignal,
): Promise<void> {
  const fetcher = log.fetcher()
  for (let partition = 0; partition < partitions; partition++) fetcher.assign({ topic, partition }, 0)
  while (!signal.aborted) {
    for (const { partition, batch } of await fetcher.poll(50)) {
      if (batch.count > 0) silence.heard(partition, performance.now())
    }
  }
  await fetcher.close()
}

export function rebalanceTable(results: readonly RebalanceResult[]): string {
  const rows = results.map(
    ({ pipeline, peer, steady, added, closed, killed }) =>
      `| ${pipeline} | ${peer} | ${steady} | ${added} | ${closed} | ${killed} |`,
  )
  return [
    '| pipeline | peer | no change, ms | a worker added | one closed | one killed |',
    '|---|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n')
}
