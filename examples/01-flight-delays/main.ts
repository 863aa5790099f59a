/**
 * `npm start`: the worst weeks to fly from each US airport in early 2001, and the busiest states, alerts of departures late in
 * a row, from 20,000 real departures. Creates the topics, produces the input, runs the topology until all of it is processed, reads the results
 * back from the output topics and prints them.
 */

import { randomUUID } from 'node:crypto'
import { memoryLog } from 'millrace'
import type { Log } from 'millrace/log'
import { waitUntilProcessed } from './completion.ts'
import { readOptions } from './options.ts'
import { createTopics, produceAirports, produceFlights } from './produce.ts'
import { makeReport, reportText } from './report.ts'
import { topics } from './topology.ts'
import { startApps, startProcesses } from './workers.ts'

const options = readOptions(process.argv.slice(2))
const { brokers, workers: count } = options
const prefix = options.prefix ?? (brokers === undefined ? '' : `flights-${randomUUID().slice(0, 8)}-`)
const applicationId = `${prefix}flight-delays`
const log: Log =
  brokers === undefined ? memoryLog() : (await import('@millrace/kafka')).kafkaLog({ brokers, clientId: applicationId })
const names = topics(prefix)
if (brokers !== undefined) console.error(`application id ${applicationId}, topic prefix ${prefix}`)

try {
  await createTopics(log, names)
  await produceAirports(log, names.airports)
  const producing = produceFlights(log, names.flights, options.rate)
  producing.catch(() => {})
  if (options.rate === undefined) await producing
  const workers =
    brokers === undefined
      ? await startApps(log, count, applicationId, prefix)
      : startProcesses(brokers, count, applicationId, prefix)
  const repartition = `${applicationId}-state-flights-repartition`
  const finished = producing.then(() =>
    waitUntilProcessed(log, applicationId, [names.flights.name, repartition], showProgress),
  )
  await Promise.race([finished, workers.failed])
  await workers.close()
  clearProgress()
  const [report, airports] = await makeReport(log, names, await producing)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportText(report, airports))
} finally {
  if (brokers !== undefined && !options.keep) await cleanUp()
  await log.close()
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${total} departures processed`)
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}

/** Deletes what this run made on the cluster, internal topics included. */
async function cleanUp(): Promise<void> {
  const mine = (await log.admin.describeTopics()).map(({ name }) => name).filter((name) => name.startsWith(prefix))
  await log.admin.deleteTopics(mine)
  await log.admin.deleteGroup(applicationId).catch((error) => console.error(`group not deleted: ${error.message}`))
}
