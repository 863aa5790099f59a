/**
 * `npm run chaos`: worker processes on a real broker, killed with -9 at random moments while input flows, then judged by a
 * verifier that knows nothing of the framework. Prints what happened, and `N passed, N failed`.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaBroker } from '@millrace/testing'
import { Kafka, logLevel } from 'kafkajs'
import { BrokerCluster } from './broker-cluster.ts'
import { BrokerKills } from './broker-kills.ts'
import { drained } from './drained.ts'
import { InputGenerator } from './input.ts'
import { NetFaults } from './net-faults.ts'
import { type ChaosOptions, chaosOptions } from './options.ts'
import { preflight } from './preflight.ts'
import { Progress } from './progress.ts'
import { seededRandom } from './random.ts'
import { readTopics } from './read-topics.ts'
import { Report } from './report.ts'
import { INPUTS, OUTPUTS, PARTITIONS } from './topics.ts'
import { verify } from './verify.ts'
import { bundleWorker } from './worker-bundle.ts'
import { Workers } from './workers.ts'

/** Within this the workers must have caught up once the kills have ended. */
const DRAIN_MS = 120_000
/** Longer than a dead worker's transaction can hold up what others read. */
const QUIET_MS = 4000
const START_MS = 180_000
const SHORTEST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 3000

/** For the input and the looks at the group, which must outlive a broker. */
const RETRY = { initialRetryTime: 200, maxRetryTime: 2000, retries: 20 }

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** @param done asks brokers, which may just be electing: what it throws counts as no. */
async function until(what: string, withinMs: number, done: () => Promise<boolean>): Promise<string | undefined> {
  const deadline = Date.now() + withinMs
  while (!(await done().catch(() => false))) {
    if (Date.now() > deadline) return `${what}: not within ${withinMs / 1000} s`
    await pause(250)
  }
  return undefined
}

async function killWorkers(workers: Workers, progress: Progress, options: ChaosOptions, report: Report): Promise<void> {
  const random = seededRandom(options.seed)
  while (report.kills < options.kills) {
    await pause(SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS))
    const slot = Math.floor(random() * workers.count)
    const deleteState = options.store !== 'memory' && random() < 0.5
    if (report.kills === 0) {
      await progress.look().catch(() => {})
      progress.measure()
      report.processedAtFirstKill = progress.committed
    }
    const note = await workers.kill(slot, deleteState)
    if (note === undefined) continue
    report.kills++
    if (deleteState) report.stateDeletions++
    if (note !== '-') report.killsInTransaction++
    await progress.look().catch(() => {})
    report.processedAtLastKill = progress.committed
  }
}

interface Target {
  readonly brokers: readonly string[]
  readonly cluster?: BrokerCluster
  close(): Promise<void>
}

async function openTarget(count: 1 | 3): Promise<Target | undefined> {
  if (count === 1) return kafkaBroker()
  const cluster = await BrokerCluster.start()
  return { brokers: cluster.brokers, cluster, close: () => cluster.close() }
}

async function chaos(options: ChaosOptions, { brokers, cluster }: Target, folder: string): Promise<Report> {
  const report = new Report(options)
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'chaos', logLevel: logLevel.NOTHING, retry: RETRY })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [...INPUTS, ...OUTPUTS].map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: options.brokers,
      configEntries: [{ name: 'retention.ms', value: '-1' }],
    })),
    waitForLeaders: true,
  })
  const { log, guarantee, store, staticMembers } = options
  const applicationId = 'chaos'
  const faults = new NetFaults(seededRandom(options.seed + 2_000_000))
  if (options.netFaults) await faults.start(brokers)
  const proxies = faults.ports
  const { script, remove } = await bundleWorker()
  const workers = new Workers({ script, log, brokers, proxies, applicationId, guarantee, store, staticMembers, folder })
  const input = new InputGenerator(kafka, seededRandom(options.seed + 1_000_000), options.rate)
  const brokerKills =
    cluster === undefined ? undefined : new BrokerKills(cluster, admin, seededRandom(options.seed + 3_000_000))
  const progress = new Progress(admin, applicationId)
  try {
    input.start()
    progress.start()
    report.problem(
      await until('the first input was processed', START_MS, async () => progress.committed > options.rate),
    )
    brokerKills?.start([...INPUTS, ...OUTPUTS, '__consumer_offsets'])
    await killWorkers(workers, progress, options, report)
    await input.stop()
    await brokerKills?.stop()
    faults.heal()
    report.problem(await until('all input was processed', DRAIN_MS, async () => (await progress.look()) === 0))
    report.problem(await until('the outputs came to rest', DRAIN_MS, drained(admin, applicationId, OUTPUTS, QUIET_MS)))
  } finally {
    await input.stop().catch(() => {})
    await progress.stop()
    for (const problem of await workers.close(30_000)) report.problem(problem)
    remove()
  }
  await faults.close()
  report.netFaults = faults.counts
  report.brokerKills = brokerKills?.kills ?? 0
  report.restarts = workers.restarts
  report.records = progress.records
  report.longestGapMs = progress.longestGapMs
  report.gapAt = progress.gapAt
  report.longestStandstillMs = progress.longestStandstillMs
  for (const failure of workers.failures) report.failure(failure)
  report.verdicts = verify(await readTopics(kafka, [...INPUTS, ...OUTPUTS], PARTITIONS, 60_000), guarantee)
  await admin.disconnect()
  return report
}

let options: ChaosOptions
try {
  options = chaosOptions(process.argv.slice(2))
  await preflight(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
}
const target = await openTarget(options.brokers)
if (target === undefined) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
let failed = true
try {
  const report = await chaos(options, target, folder)
  failed = !report.passed
  if (failed || options.keep) console.log(`worker logs: ${folder}`)
  report.print()
} catch (error) {
  console.error(error)
  console.log(`worker logs: ${folder}\n0 passed, 1 failed`)
} finally {
  await target.close()
}
if (!failed && !options.keep) rmSync(folder, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
