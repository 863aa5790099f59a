/**
 * `npm run bench:restore`: Kafka Streams and Millrace restore the same changelog from an empty state directory, by turns, on
 * one broker. Prints records/s of both and their ratio; fails if a run restored another number of records or keys, or if the
 * ratio is below what is asked for.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { kafkaLog } from '@millrace/kafka'
import { kafkaBroker } from '@millrace/testing'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { kafkaStreams } from '../peers/kafka-streams/peer.ts'
import { type ChangelogShape, PARTITIONS, writeChangelog } from './changelog.ts'
import type { Restored, RestoreRun } from './restore-run.ts'

const STORE = 'state'
const KAFKA_STREAMS = fileURLToPath(new URL('../peers/kafka-streams/target/', import.meta.url))
const MILLRACE = fileURLToPath(new URL('./millrace.ts', import.meta.url))

const { values } = parseArgs({
  options: {
    /** Of 100 bytes; of 1 KB there are a fifth as many. */
    records: { type: 'string', default: '10000000' },
    keys: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '2' },
    /** `memory`: Millrace's default without native code; `lmdb`. */
    store: { type: 'string', default: 'memory' },
    only: { type: 'string' },
    /** A folder for a CPU profile of each Millrace run. */
    profile: { type: 'string' },
  },
})
const records = Number(values.records)
const keys = Number(values.keys)
const SHAPES: readonly (ChangelogShape & { readonly name: string; readonly atLeast: number })[] = [
  { name: '100 B', records, keys, recordBytes: 100, atLeast: 0.8 },
  { name: '1 KB', records: records / 5, keys: keys / 5, recordBytes: 1034, atLeast: 1 },
]

async function restored(program: string, parameters: readonly string[]): Promise<Restored> {
  const { stdout } = await promisify(execFile)(program, [...parameters])
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Restored
}

const programs: Record<string, (run: RestoreRun) => Promise<Restored>> = {
  'kafka-streams': (run) =>
    restored('java', [
      '-Xmx1g',
      '-cp',
      `${KAFKA_STREAMS}peer.jar:${KAFKA_STREAMS}lib/*`,
      'bench.Restore',
      JSON.stringify(run),
    ]),
  millrace: (run) => {
    const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
    return restored(process.execPath, [
      '--conditions=millrace-source',
      ...profile,
      MILLRACE,
      JSON.stringify(run),
      values.store,
    ])
  },
}

/** Both are members of the same group, one after the other. */
async function forgetGroup(admin: Admin, groupId: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await admin.deleteGroups([groupId])
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const { groups } = await admin.describeGroups([groupId])
    if (groups[0].state === 'Dead') return
  }
  throw new Error(`group ${groupId} still has members`)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

await kafkaStreams([]).prepare()
const broker = await kafkaBroker({ source: 'jvm' })
if (broker === undefined) {
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const brokers = broker.brokers.join(',')
const log = kafkaLog({ brokers })
const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin()
await admin.connect()
console.log(
  `${new Date().toISOString().slice(0, 16)}, Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ` +
    `${Math.round(totalmem() / 2 ** 30)} GiB; stores: RocksDB and ${values.store}; ${values.rounds} rounds by turns`,
)
let passed = 0
let failed = 0
const check = (ok: boolean, what: string): void => {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`)
  if (ok) passed++
  else failed++
}
for (const [index, shape] of SHAPES.entries()) {
  if (values.only !== undefined && !shape.name.includes(values.only)) continue
  const applicationId = `restore-${index}`
  const input = `input-${index}`
  await log.admin.createTopics([{ name: input, partitions: PARTITIONS }])
  const distinct = await writeChangelog(log, `${applicationId}-${STORE}-changelog`, shape)
  console.log(`\n${shape.records} records of ${shape.name} over ${distinct} keys`)
  const rates: Record<string, number[]> = {}
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, program] of Object.entries(programs)) {
      const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-restore-'))
      try {
        const result = await program({ applicationId, brokers, input, store: STORE, stateDir })
        const rate = (result.records / result.startMs) * 1000
        rates[name] ??= []
        rates[name].push(rate)
        console.log(
          `${name.padEnd(14)} ${Math.round(rate / 1000)} k records/s from start (${result.startMs} ms; restoring alone ` +
            `${result.restoreMs} ms), CPU ${((result.cpuMs / result.records) * 1000).toFixed(2)} µs a record` +
            (result.longestStallMs === undefined ? '' : `, longest stall ${result.longestStallMs} ms`),
        )
        if (result.records !== shape.records || result.keys !== distinct) {
          check(false, `${name} restored ${result.records} records and ${result.keys} keys`)
        }
      } finally {
        rmSync(stateDir, { recursive: true, force: true })
      }
      await forgetGroup(admin, applicationId)
    }
  }
  const ratio = median(rates.millrace) / median(rates['kafka-streams'])
  check(ratio >= shape.atLeast, `${shape.name}: ${ratio.toFixed(2)} × Kafka Streams (at least ${shape.atLeast})`)
}
console.log(`\n${passed} passed, ${failed} failed`)
await admin.disconnect()
await log.close()
await broker.close()
process.exit(failed === 0 ? 0 : 1)
