/**
 * One run of one pipeline on Millrace. The only argument is the run as JSON (`../peer.ts`). Says when its tasks run, closes
 * when its stdin ends, and ends with 1 if something failed.
 */

import { kafkaLog } from '@millrace/kafka'
import { StreamsApp } from 'millrace'
import type { PeerRun } from '../peer.ts'
import { byteStores } from './byte-stores.ts'
import { topologyOf } from './topologies.ts'
import { topologyUrl } from './topology-module.ts'

const run = JSON.parse(process.argv[2]) as PeerRun
const log = kafkaLog({ brokers: run.brokers })
const stateStores = await byteStores(run.store)
const topology = run.threads > 1 ? topologyUrl(run) : topologyOf(run.pipeline, run.inputPrefix, run.output)
const app = new StreamsApp(topology, {
  applicationId: run.applicationId,
  log,
  processingGuarantee: run.guarantee,
  threads: run.threads,
  commitIntervalMs: run.commitMs,
  cacheMaxBytes: run.cacheBytes,
  stateDir: run.stateDir,
  ...(stateStores === undefined ? {} : { stateStores }),
  ...(run.lingerMs === undefined ? {} : { lingerMs: run.lingerMs }),
})
let said = false
app.onStateChange((state) => {
  if (state !== 'running' || said) return
  said = true
  process.stdout.write('{"event":"running"}\n')
})
app.finished.catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
await app.start()
process.stdin.resume()
await new Promise((resolve) => process.stdin.once('end', resolve))
await app.close()
await log.close()
process.exit(0)
