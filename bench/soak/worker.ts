/**
 * The process whose memory is watched: `worker.ts BROKERS STATE_DIR STORE CACHE_BYTES`. Says once a few seconds, as a line of
 * JSON, what Node knows of its memory; ends when stdin does.
 */

import { kafkaLog } from '@millrace/kafka'
import { lmdbStores } from '@millrace/lmdb'
import { StreamsApp } from 'millrace'
import { topology } from './topology.ts'

const [brokers, stateDir, store, cacheBytes] = process.argv.slice(2)
const SAY_EVERY_MS = 5000

const log = kafkaLog({ brokers })
const app = new StreamsApp(topology, {
  applicationId: 'soak',
  log,
  processingGuarantee: 'exactly_once_v2',
  cacheMaxBytes: Number(cacheBytes),
  commitIntervalMs: 1000,
  stateDir,
  ...(store === 'lmdb' ? { stateStores: lmdbStores() } : {}),
})
await app.start()
const timer = setInterval(() => {
  const { processed, dropped } = app.metrics()
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ ...process.memoryUsage(), cpuMicros: user + system, processed, dropped }))
}, SAY_EVERY_MS)
app.finished.catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
process.stdin.resume().on('end', async () => {
  clearInterval(timer)
  await app.close()
  await log.close()
  process.exit(0)
})
