/**
 * `--measure start-up`: from the start of a worker's process until it says that it processes, and until the first result of
 * a small input (P2, new application, so that its topics are created too) can be read.
 */

import type { Log } from 'millrace/log'
import { RecordBatchBuilder } from 'millrace/log'
import { events } from '../micro/events.ts'
import { Application } from './application.ts'
import type { BenchOptions } from './bench-options.ts'
import { median } from './peer-result.ts'

const RECORDS = 1000
const LIMIT_MS = 60_000
const SETTINGS = { commitMs: 100, cacheBytes: 0, lingerMs: 0 }

export interface StartUpResult {
  readonly peer: string
  /** Medians, ms. */
  readonly running: number
  readonly firstResult: number
  readonly runs: readonly StartUp[]
}

interface StartUp {
  readonly running: number
  readonly firstResult: number
}

export async function startUp(log: Log, brokers: string, all: BenchOptions): Promise<StartUpResult[]> {
  const runs = new Map<string, StartUp[]>()
  for (let round = 0; round < all.repeats; round++) {
    for (const peer of all.peers) {
      const options = { ...all, ...SETTINGS }
      await using application = await Application.create(log, { peer, pipeline: 'p2', brokers, options })
      runs.set(peer, [...(runs.get(peer) ?? []), await run(log, application, options.partitions)])
    }
  }
  return [...runs].map(([peer, ofPeer]) => ({
    peer,
    running: median(ofPeer.map(({ running }) => running)),
    firstResult: median(ofPeer.map(({ firstResult }) => firstResult)),
    runs: ofPeer,
  }))
}

async function run(log: Log, application: Application, partitions: number): Promise<StartUp> {
  await fill(log, application.input)
  const fetcher = log.fetcher()
  for (let partition = 0; partition < partitions; partition++) {
    fetcher.assign({ topic: application.output, partition }, 0)
  }
  const start = performance.now()
  const worker = application.startWorker()
  let running: number | undefined
  const watched = worker.running.then(() => {
    running = performance.now() - start
  })
  let seen = false
  while (!seen) {
    seen = (await fetcher.poll(5)).some(({ batch }) => batch.count > 0)
    if (performance.now() - start > LIMIT_MS) throw new Error(`no result after ${LIMIT_MS} ms`)
  }
  const firstResult = Math.round(performance.now() - start)
  await watched
  await fetcher.close()
  await worker.stop()
  return { running: Math.round(running ?? firstResult), firstResult }
}

async function fill(log: Log, topic: string): Promise<void> {
  const producer = log.producer()
  await producer.init()
  const records = new RecordBatchBuilder()
  for (const { key, value, timestamp } of events(RECORDS, RECORDS)) records.append(key, value, timestamp, undefined)
  await producer.send({ topic, partition: 0, records })
  await producer.close()
}

export function startUpTable(results: readonly StartUpResult[]): string {
  const rows = results.map(({ peer, running, firstResult }) => `| ${peer} | ${running} | ${firstResult} |`)
  return ['| peer | processes after ms | first result after ms |', '|---|---:|---:|', ...rows].join('\n')
}
