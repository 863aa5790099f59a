/** The Millrace twin as a process: `worker.ts SETTINGS_JSON`. Closes cleanly on SIGTERM; its log is on stderr. */

import { kafkaLog } from '@millrace/kafka'
import { runUntilSignal, StreamsApp } from 'millrace'
import { SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS } from './topics.ts'
import type { TwinSettings } from './twins.ts'

const { brokers, applicationId, prefix, cacheBytes, folder } = JSON.parse(process.argv[2]) as TwinSettings

function say(level: string): (details: object, message: string) => void {
  return (details, message) => {
    const shown = Object.entries(details).map(([name, value]) =>
      value instanceof Error ? `${name}=${value.stack}` : `${name}=${JSON.stringify(value)}`,
    )
    process.stderr.write(`${new Date().toISOString()} ${level} ${message} ${shown.join(' ')}\n`)
  }
}

const topology = new URL('./topology.ts', import.meta.url)
topology.searchParams.set('prefix', prefix)
const app = new StreamsApp(topology, {
  applicationId,
  log: kafkaLog({ brokers, clientId: applicationId }),
  processingGuarantee: 'exactly_once_v2',
  cacheMaxBytes: cacheBytes,
  commitIntervalMs: 500,
  sessionTimeoutMs: SESSION_TIMEOUT_MS,
  heartbeatIntervalMs: 500,
  transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
  stateDir: folder,
  logger: { debug() {}, info: say('info'), warn: say('warn'), error: say('error') },
})
await runUntilSignal(app, { timeoutMs: 10_000 })
process.exit(0)
