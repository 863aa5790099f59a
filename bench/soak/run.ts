/**
 * `npm run soak -- --minutes 30`: one worker on a real broker at steady input. Fails if its resident memory grows by 1 % or more
 * in 10 minutes, by regression over the last two thirds of the run, if its lag grows, or if it ends. Writes the figures of a run
 * of 30 minutes or more into README.md.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kafkaLog } from '@millrace/kafka'
import { kafkaBroker } from '@millrace/testing'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { SteadyInput } from './steady-input.ts'
import { INPUTS, OUTPUTS, PARTITIONS } from './topology.ts'
import { type Sample, trend } from './trend.ts'

const SAMPLE_MS = 5000
const MAX_GROWTH = 0.01
/** Between two thirds of the run the mean lag may differ by so many seconds of input: it moves with every commit. */
const LAG_SECONDS = 1
/**
 * The heap of a container, not of a machine: with gigabytes to spare Node collects garbage once a minute, and what is resident
 * goes up and down by a third in between, which hides a leak and feigns one.
 */
const HEAP = ['--max-old-space-size=96', '--max-semi-space-size=4']
/** Only such a run is a figure to publish. */
const PUBLISHED_MINUTES = 30

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '3000' },
    keys: { type: 'string', default: '60000' },
    /** Holds about a quarter of the keys of one store: an entry counts some 130 bytes. */
    cache: { type: 'string', default: '2000000' },
    store: { type: 'string', default: 'lmdb' },
    /** More for Node, e.g. --trace-gc or --heapsnapshot-signal=SIGUSR2. */
    node: { type: 'string', default: '' },
  },
})
const minutes = Number(values.minutes)
const rate = Number(values.rate)

interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  readonly processed: number
  readonly cpuMicros: number
  readonly dropped: Readonly<Record<string, number>>
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function lag(admin: Admin): Promise<number> {
  const committed = await admin.fetchOffsets({ groupId: 'soak', topics: INPUTS })
  let behind = 0
  for (const { topic, partitions } of committed) {
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
    for (const { partition, offset } of partitions) behind += (ends.get(partition) ?? 0) - Math.max(0, Number(offset))
  }
  return behind
}

/** MiB, from the system: all of it, and without mapped files. */
function resident(pid: number): { all: number; anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0)
  return { all: kib('VmRSS') / 1024, anonymous: kib('RssAnon') / 1024 }
}

const broker = await kafkaBroker({ source: 'jvm' })
if (broker === undefined) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const brokers = broker.brokers.join(',')
const log = kafkaLog({ brokers })
const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin()
await admin.connect()
const config = { 'retention.ms': '600000', 'segment.ms': '60000' }
await log.admin.createTopics([...INPUTS, ...OUTPUTS].map((name) => ({ name, partitions: PARTITIONS, config })))
const stateDir = mkdtempSync(join(tmpdir(), 'millrace-soak-'))
const input = new SteadyInput(log, { rate, keys: Number(values.keys) })
await input.start()
const worker = spawn(
  process.execPath,
  [
    '--conditions=millrace-source',
    ...HEAP,
    ...values.node.split(' ').filter((flag) => flag !== ''),
    fileURLToPath(new URL('./worker.ts', import.meta.url)),
    brokers,
    stateDir,
    values.store,
    values.cache,
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
)
const ended = once(worker, 'exit')
let memory: Memory | undefined
createInterface(worker.stdout).on('line', (line) => {
  if (line.startsWith('{')) memory = JSON.parse(line) as Memory
  else console.log(line)
})
const load = loadavg()[1]
console.log(
  `${minutes} minutes at ${rate} records/s, ${values.keys} keys, a record cache of ${values.cache} bytes, stores: ${values.store}; worker ${worker.pid}`,
)
const all: Sample[] = []
const anonymous: Sample[] = []
const lags: Sample[] = []
const started = performance.now()
const until = started + minutes * 60_000
let said = 0
while (performance.now() < until && worker.exitCode === null && worker.signalCode === null) {
  await pause(SAMPLE_MS)
  const at = (performance.now() - started) / 1000
  const now = resident(worker.pid!)
  all.push({ at, value: now.all })
  anonymous.push({ at, value: now.anonymous })
  // A coordinator that is just loading says so: the next look will tell.
  const behind = await lag(admin).catch(() => undefined)
  if (behind !== undefined) lags.push({ at, value: behind })
  if (at - said < 30) continue
  said = at
  const mib = (bytes: number | undefined): string => ((bytes ?? 0) / 2 ** 20).toFixed(1)
  console.log(
    `${at.toFixed(0).padStart(5)} s  RSS ${now.all.toFixed(1)} MiB (anonymous ${now.anonymous.toFixed(1)}), heap ${mib(memory?.heapUsed)}, ` +
      `external ${mib(memory?.external)} (buffers ${mib(memory?.arrayBuffers)}), CPU ` +
      `${((memory?.cpuMicros ?? 0) / (memory?.processed || 1)).toFixed(0)} µs a record, lag ${lags.at(-1)?.value}`,
  )
}
const alive = worker.exitCode === null && worker.signalCode === null
await input.stop()
worker.stdin.end()
const [code] = await ended

const from = (minutes * 60) / 3
const last = <T extends { at: number }>(samples: readonly T[]): T[] => samples.filter(({ at }) => at >= from)
const rss = trend(last(all))
const anonymousRss = trend(last(anonymous))
const middle = trend(lags.filter(({ at }) => at >= from && at < 2 * from)).mean
const end = trend(lags.filter(({ at }) => at >= 2 * from)).mean
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
const checks: [boolean, string][] = [
  [alive && code === 0, `the worker ran to the end and closed cleanly (exit code ${code})`],
  [
    rss.growthIn10Minutes < MAX_GROWTH,
    `RSS ${rss.mean.toFixed(0)} MiB, growth in 10 minutes ${percent(rss.growthIn10Minutes)} (below 1 %; without mapped files ` +
      `${anonymousRss.mean.toFixed(0)} MiB, ${percent(anonymousRss.growthIn10Minutes)})`,
  ],
  [
    end <= middle + LAG_SECONDS * rate,
    `lag of the last third ${end.toFixed(0)} records, of the one before ${middle.toFixed(0)}`,
  ],
]
for (const [ok, text] of checks) console.log(`${ok ? 'ok  ' : 'FAIL'} ${text}`)
const failed = checks.filter(([ok]) => !ok).length
console.log(`records ${input.sent}, dropped ${JSON.stringify(memory?.dropped ?? {})}`)
if (minutes >= PUBLISHED_MINUTES) publish(checks)
console.log(`${checks.length - failed} passed, ${failed} failed`)
await admin.disconnect()
await log.close()
await broker.close()
rmSync(stateDir, { recursive: true, force: true })
process.exit(failed === 0 ? 0 : 1)

function publish(results: readonly (readonly [boolean, string])[]): void {
  const file = fileURLToPath(new URL('./README.md', import.meta.url))
  const text = readFileSync(file, 'utf8')
  const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, load at the start ${load.toFixed(1)}`
  const figures = [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}: ${minutes} minutes at ${rate} records/s ` +
      `(${input.sent} records), ${values.keys} keys, a record cache of ${values.cache} bytes, stores: ${values.store}.`,
    '',
    ...results.map(([ok, line]) => `- ${ok ? '' : 'NOT MET: '}${line}`),
  ].join('\n')
  writeFileSync(file, text.replace(/(<!-- figures -->\n).*?(\n<!-- end -->)/s, `$1\n${figures}\n$2`))
}
