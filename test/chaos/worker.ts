/**
 * One worker process: `worker.ts LOG`. Loads what it needs and waits for its settings, one line of JSON on stdin; then lives
 * until it is killed, or closes cleanly on SIGTERM. Its log lines go to the file the settings name.
 */

import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { runUntilSignal, StreamsApp } from 'millrace'
import { openLog } from './open-log.ts'
import { openStateStores } from './state-stores.ts'
import { topology } from './topology.ts'
import { probed } from './transaction-probe.ts'
import type { WorkerSettings } from './workers.ts'

const connect = await openLog(process.argv[2])
const lines = createInterface(process.stdin)
const settings = await new Promise<WorkerSettings>((resolve) => {
  lines.once('line', (line) => resolve(JSON.parse(line) as WorkerSettings))
  // The pipe is the run's: when the run is gone, however it went, so is the worker.
  lines.once('close', () => process.exit(1))
})
const logFile = openSync(settings.logFile, 'a')
process.on('uncaughtExceptionMonitor', (error) => say('error')({ error }, 'uncaught'))

const log = probed(
  connect({
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
    writeSync(logFile, `${new Date().toISOString()} ${process.pid} ${level} ${message} ${shown.join(' ')}\n`)
  }
}

const app = new StreamsApp(topology, {
  applicationId: settings.applicationId,
  log,
  processingGuarantee: settings.guarantee === 'exactly_once' ? 'exactly_once_v2' : 'at_least_once',
  // Without a record cache every update comes out, so that the verifier can ask for each of them.
  cacheMaxBytes: 0,
  commitIntervalMs: 800,
  lingerMs: 20,
  pollMs: 200,
  sessionTimeoutMs: 1200,
  heartbeatIntervalMs: 300,
  rebalanceTimeoutMs: 10_000,
  transactionTimeoutMs: 2000,
  stateDir: settings.stateDir,
  stateStores: await openStateStores(settings.store),
  instanceId: settings.instanceId,
  logger: { debug() {}, info: say('info'), warn: say('warn'), error: say('error') },
})
app.onStateChange((state) => say('info')({}, `state ${JSON.stringify(state)}`))
await runUntilSignal(app, { timeoutMs: 20_000 })
process.exit(0)
