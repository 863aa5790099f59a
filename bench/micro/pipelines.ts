/**
 * The whole way on the embedded log: topic → app (fetch, task, stores, changelog, commits) → topic, as the peers'
 * comparison runs it on a broker: P1 stateless, P2 count by key with changelog and record cache.
 *
 * Time is from the start of the app to its close, the last commit included, loading the input excluded; each pipeline runs
 * three times in one process and the median counts. CPU time is of the process, so the embedded broker is in it.
 */

import { json, long, memoryLog, StreamsApp, StreamsBuilder, string, topic, tumbling } from 'millrace'
import { type Log, RecordBatchBuilder } from 'millrace/log'
import { type Event, events } from './events.ts'
import type { Suite } from './measurement.ts'

const PARTITIONS = 4
const KEYS = 100_000
const RUNS = 3

type Sale = Event & { readonly cents: number }

export interface Pipeline {
  readonly name: string
  readonly output: string
  readonly cacheMaxBytes: number
  add(builder: StreamsBuilder): void
}

const input = topic('in', { key: string(), value: json<Event>() })
const CACHE = 10 * 1024 * 1024

function count(builder: StreamsBuilder): void {
  builder.stream(input).groupByKey().count({ store: 'counts' }).toStream().to('out')
}

export const PIPELINES: readonly Pipeline[] = [
  {
    name: 'P1 parse JSON, filter, map, to',
    output: 'out',
    cacheMaxBytes: CACHE,
    add: (builder) =>
      builder
        .stream(input)
        .filter(({ amount }) => amount < 500)
        .mapValues((event): Sale => ({ ...event, cents: Math.round(event.amount * 100) }))
        .to(topic('out', { key: string(), value: json<Sale>() })),
  },
  { name: 'P2 count by key, record cache 10 MB', output: 'out', cacheMaxBytes: CACHE, add: count },
  { name: 'P2 count by key, record cache off', output: 'out', cacheMaxBytes: 0, add: count },
  {
    name: 'P3 count by key and minute, record cache 10 MB',
    output: 'out',
    cacheMaxBytes: CACHE,
    add: (builder) =>
      builder
        .stream(input)
        .groupByKey()
        .windowedBy(tumbling('1 min', { grace: '10 s' }))
        .count({ store: 'counts' })
        .toStream()
        .to('out', { value: long() }),
  },
]

/** Writes the events into the input topic, partitioned by user, in batches of at most 256 KB. */
async function load(log: Log, records: number): Promise<void> {
  await log.admin.createTopics([
    { name: 'in', partitions: PARTITIONS },
    { name: 'out', partitions: PARTITIONS },
  ])
  const producer = log.producer()
  await producer.init()
  const open = Array.from({ length: PARTITIONS }, () => new RecordBatchBuilder(64 * 1024))
  const send = async (partition: number): Promise<void> => {
    const batch = { topic: 'in', partition, records: open[partition] }
    open[partition] = new RecordBatchBuilder(64 * 1024)
    await producer.send(batch)
  }
  for (const { key, value, timestamp } of events(records, KEYS)) {
    const partition = Number(key.slice(-2)) % PARTITIONS
    open[partition].append(key, value, timestamp, undefined)
    if (open[partition].size > 60_000) await send(partition)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) await send(partition)
  await producer.close()
}

export interface PipelineRun {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly output: number
}

/** Runs a pipeline over `records` events once. */
export async function runPipeline({ add, output, cacheMaxBytes }: Pipeline, records: number): Promise<PipelineRun> {
  const log = memoryLog()
  await load(log, records)
  globalThis.gc?.()
  const builder = new StreamsBuilder()
  add(builder)
  const app = new StreamsApp(builder.build(), {
    applicationId: 'bench',
    log,
    cacheMaxBytes,
    commitIntervalMs: 1000,
  })
  const cpu = process.cpuUsage()
  const start = performance.now()
  await app.start()
  while (app.metrics().processed < records) {
    if (app.state === 'error') await app.finished
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await app.close()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: output, partition }))
  const ends = await log.admin.listOffsets(partitions, 'latest')
  await log.close()
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    output: ends.reduce((sum, { offset }) => sum + offset, 0),
  }
}

export async function pipelines(suite: Suite, records = 500_000): Promise<void> {
  await suite.group(`Pipelines on the embedded log, ${records.toLocaleString('en')} records, a record`, async () => {
    for (const pipeline of PIPELINES) {
      if (!suite.wants(pipeline.name)) continue
      const runs: PipelineRun[] = []
      for (let run = 0; run < RUNS; run++) runs.push(await runPipeline(pipeline, records))
      runs.sort((a, b) => a.cpuSeconds - b.cpuSeconds)
      const { seconds, cpuSeconds, output } = runs[RUNS >> 1]
      const micros = (cpuSeconds / records) * 1e6
      suite.add({
        name: `${pipeline.name} (${output.toLocaleString('en')} records out, ${Math.round(records / seconds / 1000)} k/s by the wall clock)`,
        micros,
        perSecond: 1e6 / micros,
      })
    }
  })
}
