/** Millrace restoring one store from an empty state directory: `millrace.ts RUN_JSON STORES`. Prints a `Restored` and ends. */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { kafkaLog } from '@millrace/kafka'
import { lmdbStores } from '@millrace/lmdb'
import { StreamsApp, StreamsBuilder, string, topic } from 'millrace'
import type { KeyValueStore } from 'millrace/state'
import type { Restored, RestoreRun } from './restore-run.ts'

const run = JSON.parse(process.argv[2]) as RestoreRun
const builder = new StreamsBuilder()
builder
  .stream(topic(run.input, { key: string(), value: string() }))
  .groupByKey()
  .reduce((_before, now) => now, { store: run.store })

const log = kafkaLog({ brokers: run.brokers })
const perPartition = new Map<string, number>()
let first = 0
let last = 0
const app = new StreamsApp(builder.build(), {
  applicationId: run.applicationId,
  log,
  stateDir: run.stateDir,
  ...(process.argv[3] === 'lmdb' ? { stateStores: lmdbStores() } : {}),
  onRestoreProgress({ task, restored }) {
    last = performance.now()
    if (first === 0) first = last
    perPartition.set(task, restored)
  },
})
const restored = (): number => [...perPartition.values()].reduce((sum, count) => sum + count, 0)
const running = new Promise<void>((resolve, reject) => {
  app.onStateChange((state) => {
    if (state === 'running' && restored() > 0) resolve()
  })
  app.finished.catch(reject)
})
const stalls = monitorEventLoopDelay({ resolution: 1 })
const start = performance.now()
const cpu = process.cpuUsage()
stalls.enable()
await app.start()
await running
stalls.disable()
const { user, system } = process.cpuUsage(cpu)
const startMs = Math.round(performance.now() - start)
let keys = 0
for (const store of app.stores<KeyValueStore<string, string>>(run.store)) {
  for (const _entry of store.all()) keys++
}
const result: Restored = {
  records: restored(),
  startMs,
  restoreMs: Math.round(last - first),
  cpuMs: Math.round((user + system) / 1000),
  keys,
  longestStallMs: Math.round(stalls.max / 1e6),
}
await app.close()
await log.close()
console.log(JSON.stringify(result))
process.exit(0)
