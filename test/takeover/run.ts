/**
 * `npm run takeover`: a Kafka Streams application is stopped in the middle and its Millrace twin finishes on the same topics,
 * and the other way round; after a default close and after kill -9, record cache on and off. All results must equal those of an
 * undisturbed run of Kafka Streams. `--only TEXT` runs the cases whose name contains it.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kafkaBroker } from '@millrace/testing'
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { drained } from '../chaos/drained.ts'
import { readTopics } from '../chaos/read-topics.ts'
import { type Input, makeInput, send } from './input.ts'
import { differences, type Results, resultsOf } from './results.ts'
import { INPUTS, OUTPUTS, PARTITIONS, TRANSACTION_TIMEOUT_MS } from './topics.ts'
import { buildJava, type Kind, Twin, type TwinSettings } from './twins.ts'

const RATE = 1200
const STOP_AT = 0.4
const WITHIN_MS = 90_000
/** Longer than a killed twin's transaction can hold up what the other reads. */
const QUIET_MS = TRANSACTION_TIMEOUT_MS + 1000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Case {
  readonly name: string
  readonly first: Kind
  readonly second: Kind
  readonly stop: 'close' | 'kill'
  readonly cacheBytes: number
}

interface Bench {
  readonly brokers: readonly string[]
  readonly kafka: Kafka
  readonly admin: Admin
  readonly producer: Producer
  readonly classPath: string
  readonly folder: string
  readonly input: Input
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${WITHIN_MS / 1000} s`)
    await pause(200)
  }
}

class Run {
  readonly settings: TwinSettings
  readonly #bench: Bench
  readonly #prefix: string

  constructor(bench: Bench, name: string, cacheBytes: number) {
    this.#bench = bench
    this.#prefix = `${name}.`
    const { brokers, folder } = bench
    this.settings = { brokers, applicationId: name, prefix: this.#prefix, cacheBytes, folder: join(folder, name) }
  }

  start(kind: Kind): Twin {
    return new Twin(kind, this.#bench.classPath, this.settings)
  }

  async createTopics(): Promise<void> {
    await this.#bench.admin.createTopics({
      topics: this.#names([...INPUTS, ...OUTPUTS]).map((topic) => ({
        topic,
        numPartitions: PARTITIONS,
        configEntries: [{ name: 'retention.ms', value: '-1' }],
      })),
      waitForLeaders: true,
    })
    await send(this.#bench.producer, this.#prefix, this.#bench.input.users, Number.POSITIVE_INFINITY)
  }

  feed(perSecond: number, signal?: AbortSignal): Promise<void> {
    return send(this.#bench.producer, this.#prefix, this.#bench.input.rest, perSecond, signal)
  }

  /** Share of all input that is committed. */
  async share(): Promise<number> {
    const { admin, input } = this.#bench
    const topics = this.#names(INPUTS)
    const committed = await admin.fetchOffsets({ groupId: this.settings.applicationId, topics }).catch(() => [])
    const done = committed
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
    return done / (input.users.length + input.rest.length)
  }

  /** All input is committed, and nothing more comes out. */
  async finish(twin: Twin): Promise<void> {
    const alive = (): void => {
      if (twin.ended) throw new Error(`it ended by itself:\n${twin.said.slice(-1500)}`)
    }
    await until('all input was processed', async () => {
      alive()
      return (await this.share()) >= 1
    })
    const done = drained(this.#bench.admin, this.settings.applicationId, this.#names(OUTPUTS), QUIET_MS)
    await until('the outputs came to rest', async () => {
      alive()
      return done()
    })
  }

  async results(): Promise<Results> {
    return resultsOf(await readTopics(this.#bench.kafka, this.#names(OUTPUTS), PARTITIONS, WITHIN_MS), this.#prefix)
  }

  #names(topics: readonly string[]): string[] {
    return topics.map((topic) => `${this.#prefix}${topic}`)
  }
}

async function undisturbed(bench: Bench): Promise<Results> {
  const run = new Run(bench, 'undisturbed', 0)
  await run.createTopics()
  const twin = run.start('java')
  await run.feed(Number.POSITIVE_INFINITY)
  await run.finish(twin)
  const problem = await twin.close(15_000)
  if (problem !== undefined) throw new Error(`the undisturbed run ${problem}`)
  return run.results()
}

/** @returns a note for the report. @throws Error saying what is wrong. */
async function takeover(bench: Bench, each: Case, truth: Results): Promise<string> {
  const run = new Run(bench, each.name, each.cacheBytes)
  await run.createTopics()
  const abort = new AbortController()
  const feeding = run.feed(RATE, abort.signal)
  feeding.catch(() => {})
  const twins: Twin[] = []
  try {
    const first = run.start(each.first)
    twins.push(first)
    await until(`${each.first} had processed ${STOP_AT * 100} %`, async () => {
      if (first.ended) throw new Error(`${each.first} ended by itself:\n${first.said.slice(-1500)}`)
      return (await run.share()) >= STOP_AT
    })
    const problem = each.stop === 'kill' ? await first.kill() : await first.close(15_000)
    if (problem !== undefined) throw new Error(`${each.first} ${problem}`)
    const share = await run.share()
    if (share > 0.9) throw new Error(`${each.first} had nearly finished (${share.toFixed(2)}) when it was stopped`)
    const stopped = Date.now()
    const second = run.start(each.second)
    twins.push(second)
    await until(`${each.second} went on`, async () => (await run.share()) > share)
    const waitedMs = Date.now() - stopped
    await feeding
    await run.finish(second)
    const late = await second.close(15_000)
    if (late !== undefined) throw new Error(`${each.second} ${late}`)
    const found = differences(truth, await run.results(), each.cacheBytes > 0)
    if (found.length > 0) throw new Error(`results differ from the undisturbed run:\n  ${found.join('\n  ')}`)
    if (each.first === 'java' && !/waiting/i.test(second.said)) {
      throw new Error('the log of the Millrace twin does not say what it waited for')
    }
    return `stopped at ${(share * 100).toFixed(0)} %, first commit of ${each.second} ${(waitedMs / 1000).toFixed(1)} s later`
  } finally {
    abort.abort()
    for (const twin of twins) if (!twin.ended) await twin.kill()
  }
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, keep: { type: 'boolean' } } })
const cases: Case[] = []
for (const [first, second] of [
  ['java', 'millrace'],
  ['millrace', 'java'],
] as const) {
  for (const stop of ['close', 'kill'] as const) {
    for (const cacheBytes of [0, 1_000_000]) {
      const name = `${first}-to-${second}-${stop}-cache-${cacheBytes === 0 ? 'off' : 'on'}`
      if (name.includes(values.only)) cases.push({ name, first, second, stop, cacheBytes })
    }
  }
}

const broker = await kafkaBroker()
if (broker === undefined || cases.length === 0) {
  console.log(`${broker === undefined ? 'no broker' : `no case is named like ${values.only}`}\n0 passed, 1 failed`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'millrace-takeover-'))
let failed = 0
try {
  const kafka = new Kafka({ brokers: broker.brokers, clientId: 'takeover', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
  const [classPath] = await Promise.all([buildJava(), admin.connect(), producer.connect()])
  const input = makeInput(Math.floor(Date.now() / 10_000) * 10_000 - 600_000)
  const bench: Bench = { brokers: broker.brokers, kafka, admin, producer, classPath, folder, input }
  const truth = await undisturbed(bench)
  for (const [topic, partitions] of truth.rows) console.log(`undisturbed: ${topic} ${partitions.flat().length} rows`)
  for (const each of cases) {
    try {
      console.log(`ok   ${each.name}: ${await takeover(bench, each, truth)}`)
    } catch (error) {
      failed++
      console.log(`FAIL ${each.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
} catch (error) {
  failed = cases.length
  console.error(error)
} finally {
  await broker.close()
}
if (failed > 0 || values.keep) console.log(`logs: ${folder}`)
else rmSync(folder, { recursive: true, force: true })
console.log(`${cases.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
