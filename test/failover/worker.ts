/** A worker process: `worker.ts SETTINGS_JSON`. Says what it has twice a second; its log is on stderr. */

import { kafkaLog } from '@millrace/kafka'
import { runUntilSignal, StreamsApp } from 'millrace'
import { SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS, type WorkerSettings, type WorkerStatus } from './settings.ts'
import topology from './topology.ts'

const { brokers, applicationId, standbys, stateDir } = JSON.parse(process.argv[2]) as WorkerSettings

function say(level: string): (details: object, message: string) => void {
  return (details, message) => {
    const shown = Object.entries(details).map(([name, value]) =>
      value instanceof Error ? `${name}=${value.stack}` : `${name}=${JSON.stringify(value)}`,
    )
    process.stderr.write(`${new Date().toISOString()} ${level} ${message} ${shown.join(' ')}\n`)
  }
}

const app = new StreamsApp(topology, {
  applicationId,
  log: kafkaLog({ brokers, clientId: applicationId }),
  processingGuarantee: 'exactly_once_v2',
  numStandbyReplicas: standbys,
  stateDir,
  cacheMaxBytes: 0,
  sessionTimeoutMs: SESSION_TIMEOUT_MS,
  transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
  lingerMs: 5,
  logger: { debug() {}, info: say('info'), warn: say('warn'), error: say('error') },
})
const status = setInterval(() => {
  const threads = app.metadataForLocalThreads()
  const lags = app.allLocalStorePartitionLags().filter(({ role }) => role === 'standby')
  const now: WorkerStatus = {
    state: app.state,
    active: threads.flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId)),
    standby: threads.flatMap(({ standbyTasks }) => standbyTasks),
    lag: lags.reduce((sum, { lag }) => sum + lag, 0),
  }
  process.stdout.write(`${JSON.stringify(now)}\n`)
}, 500)
await runUntilSignal(app, { timeoutMs: 10_000 })
clearInterval(status)
process.exit(0)
