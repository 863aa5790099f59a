/**
 * One worker process: `worker.ts SETTINGS_JSON`. Lives until it is killed, or closes cleanly on SIGTERM. Its log lines go to
 * stderr, which the run keeps in a file.
 */

import { openSync } from 'node:fs'
import { kafkaLog } from '@millrace/kafka'
import { kafkaJsLog } from '@millrace/kafkajs'
import { runUntilSignal, StreamsApp } from 'millrace'
import { openStateStores } from './state-stores.ts'
import { probed } from './transaction-probe.ts'
import type { WorkerSettings } from './workers.ts'

// The pipe is the run's: when the run is gone, however it went, so is the worker.
process.stdin.resume().on('end', () => process.exit(1))

const settings = JSON.parse(process.argv[2]) as WorkerSettings
const log = probed(
  (settings.log === 'kafka' ? kafkaLog : kafkaJsLog)({
    brokers: settings.brokers.map((broker) => proxied(broker)),
    clientId: `chaos-${settings.slot}`,
    mapBroker: ({ host, port }) => {
      const [proxyHost, proxyPort] = proxied(`${host}:${port}`).split(':')
      return { host: proxyHost, port: Number(proxyPort) }
    },
  }),
  openSync(settings.noteFile, 'w'),
)

function proxied(broker: string): string {
  const port = settings.proxies[broker]
  return port === undefined ? broker : `127.0.0.1:${port}`
}

function say(level: string): (details: object, message: string) => void {
  return (details, message) => {
    const shown = Object.entries(details).map(([name, value]) =>
      value instanceof Error ? `${name}=${value.stack}` : `${name}=${JSON.stringify(value)}`,
    )
    process.stderr.write(`${new Date().toISOString()} ${process.pid} ${level} ${message} ${shown.join(' ')}\n`)
  }
}

const app = new StreamsApp(new URL('./topology.ts', import.meta.url), {
  applicationId: settings.applicationId,
  log,
  processingGuarantee: settings.guarantee === 'exactly_once' ? 'exactly_once_v2' : 'at_least_once',
  // Without a record cache every update comes out, so that the verifier can ask for each of them.
  cacheMaxBytes: 0,
  commitIntervalMs: 400,
  lingerMs: 20,
  pollMs: 50,
  sessionTimeoutMs: 2000,
  heartbeatIntervalMs: 400,
  rebalanceTimeoutMs: 10_000,
  transactionTimeoutMs: 2000,
  stateDir: settings.stateDir,
  stateStores: await openStateStores(settings.store),
  instanceId: settings.instanceId,
  logger: { debug() {}, info: say('info'), warn: say('warn'), error: say('error') },
})
app.onStateChange((state) => say('info')({}, `state ${JSON.stringify(state)}`))
await runUntilSignal(app, { timeoutMs: 10_000 })
process.exit(0)
