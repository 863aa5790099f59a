/**
 * `npm run failover [-- --kills N] [--standbys N] [--keep]`: two worker processes on a real broker, one active task and one
 * standby each, steady input, exactly once. Each round kills -9 the worker of one task: a read-committed reader must see that
 * task's output go on within max(session time-out, transaction time-out) + 2 s, both 6 s here. The gap is printed: from the
 * kill to the first result of a record that was sent after it. In the end every result must be there, in order, once.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kafkaBroker } from '@millrace/testing'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import {
  type Counted,
  INPUT,
  MARGIN_MS,
  OUTPUT,
  PARTITIONS,
  SESSION_TIMEOUT_MS,
  TRANSACTION_TIMEOUT_MS,
  type WorkerSettings,
} from './settings.ts'
import { WorkerProcess } from './worker-process.ts'

const WITHIN_MS = 60_000
const KEYS = 400
/** Records of each round of input, to each partition. */
const BURST = 10
const PAUSE_MS = 50
const ALLOWED_MS = Math.max(SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS) + MARGIN_MS

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(what: string, done: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${WITHIN_MS / 1000} s`)
    await pause(20)
  }
}

/** What was sent, and the results that have come, by partition and key. */
class Traffic {
  readonly #producer: Producer
  readonly #sent = Array.from({ length: PARTITIONS }, () => new Map<string, number[]>())
  readonly #results = Array.from({ length: PARTITIONS }, () => new Map<string, Counted[]>())
  readonly #watched: { partition: number; sinceMs: number; seen(ms: number): void }[] = []
  count = 0
  received = 0

  constructor(producer: Producer) {
    this.#producer = producer
  }

  async feed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const messages = Array.from({ length: BURST * PARTITIONS }, (_, i) => {
        const partition = i % PARTITIONS
        const key = `${partition}-${(this.count + i) % KEYS}`
        const sentMs = Date.now()
        const sent = this.#sent[partition].get(key)
        if (sent === undefined) this.#sent[partition].set(key, [sentMs])
        else sent.push(sentMs)
        return { partition, key, value: JSON.stringify(sentMs) }
      })
      await this.#producer.send({ topic: INPUT, messages })
      this.count += messages.length
      await pause(PAUSE_MS)
    }
  }

  result(key: string, value: Counted): void {
    // Keys are sent to a partition each; where their results lie is the partitioner's affair.
    const partition = Number(key.split('-')[0])
    this.received++
    const results = this.#results[partition].get(key)
    if (results === undefined) this.#results[partition].set(key, [value])
    else results.push(value)
    for (const watch of this.#watched) {
      if (watch.partition === partition && value.sentMs > watch.sinceMs) watch.seen(Date.now() - watch.sinceMs)
    }
  }

  /** ms from now to the first result of a record that is sent from now on. */
  gap(partition: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no result of partition ${partition} any more`)), WITHIN_MS)
      const seen = (ms: number): void => {
        clearTimeout(timer)
        resolve(ms)
      }
      this.#watched.push({ partition, sinceMs: Date.now(), seen })
    })
  }

  /** What is wrong with the results. */
  problems(): string[] {
    return this.#sent.flatMap((byKey, partition) =>
      [...byKey].flatMap(([key, sent]) => {
        const wanted = sent.map((sentMs, index) => `${index + 1}@${sentMs}`)
        const got = (this.#results[partition].get(key) ?? []).map(({ n, sentMs }) => `${n}@${sentMs}`)
        const at = wanted.findIndex((value, index) => value !== got[index])
        if (at >= 0) return [`key ${key}: result ${at} is ${got[at] ?? 'missing'} instead of ${wanted[at]}`]
        return got.length > wanted.length ? [`key ${key}: ${got.length - wanted.length} results too many`] : []
      }),
    )
  }
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '3' },
    standbys: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills)
const standbys = Number(values.standbys)
const checks = kills + 1

const broker = await kafkaBroker()
if (broker === undefined) {
  console.log(`no broker\n0 passed, ${checks} failed`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'millrace-failover-'))
const workers: WorkerProcess[] = []
let passed = 0
try {
  const kafka = new Kafka({ brokers: broker.brokers, clientId: 'failover', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({
    idempotent: true,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  })
  const consumer = kafka.consumer({ groupId: 'reader', readUncommitted: false, maxWaitTimeInMs: 50 })
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
  await admin.createTopics({
    topics: [INPUT, OUTPUT].map((topic) => ({ topic, numPartitions: PARTITIONS })),
    waitForLeaders: true,
  })
  const traffic = new Traffic(producer)
  await consumer.subscribe({ topic: OUTPUT, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      if (message.value !== null) traffic.result(String(message.key), JSON.parse(message.value.toString()) as Counted)
    },
  })

  const start = (slot: number): WorkerProcess => {
    const stateDir = join(folder, `state-${slot}`)
    const settings: WorkerSettings = { brokers: broker.brokers, applicationId: 'failover', standbys, stateDir }
    return new WorkerProcess(settings, join(folder, `worker-${slot}.log`))
  }
  const ready = (worker: WorkerProcess): boolean => {
    const { state, active, standby, lag } = worker.status
    return state === 'running' && active.length === 1 && (standbys === 0 || (standby.length === 1 && lag < 200))
  }
  workers.push(start(0), start(1))
  const abort = new AbortController()
  const feeding = traffic.feed(abort.signal)

  for (let kill = 0; kill < kills; kill++) {
    await until('each worker runs one task and keeps the other warm', () => workers.every(ready))
    await pause(1500)
    const victim = workers[kill % 2]
    const [task] = victim.status.active
    const partition = Number(task.split('_')[1])
    const [gap] = await Promise.all([traffic.gap(partition), victim.end('SIGKILL')])
    const inTime = gap <= ALLOWED_MS
    if (inTime) passed++
    const said = `killed the worker of ${task}: its output went on after ${(gap / 1000).toFixed(2)} s, allowed ${ALLOWED_MS / 1000} s`
    console.log(`${inTime ? 'ok  ' : 'FAIL'} ${said}`)
    workers[kill % 2] = start(kill % 2)
  }

  await until('each worker runs one task again', () => workers.every(ready))
  abort.abort()
  await feeding
  await until('every record has its result', () => traffic.received >= traffic.count)
  await pause(1000)
  const problems = traffic.problems()
  if (problems.length === 0) passed++
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${traffic.count} records, ${traffic.received} results; ${problems[0] ?? 'each as it should be, once, in order'}`,
  )
  await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()])
} catch (error) {
  console.error(error)
} finally {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')))
  await broker.close()
}
if (passed < checks || values.keep) console.log(`logs: ${folder}`)
else rmSync(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${checks - passed} failed`)
process.exit(passed < checks ? 1 : 0)
