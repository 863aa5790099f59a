/** Feeds three reports and shows who got which. */

import { json, memoryLog, produce, StreamsApp, topic } from 'millrace'
import { readAll } from '../shared/read-all.ts'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { desks, type Report, reports, reportsOf, topology } from './topology.ts'

const log = memoryLog()
await log.admin.createTopics([
  { name: reports.name, partitions: 1 },
  { name: desks.name, partitions: 3 },
  { name: reportsOf('info'), partitions: 1 },
  { name: reportsOf('alarm'), partitions: 1 },
])
await produce(log, reports, [
  { key: 'r1', value: { text: 'pump 7 is hot', desks: [0, 2], severity: 'alarm' } },
  { key: 'r2', value: { text: 'shift change', desks: [0, 1, 2], severity: 'info' } },
  { key: 'r3', value: { text: 'test, ignore', desks: [], severity: 'info' } },
])

const applicationId = 'multicast'
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 })
await app.start()
await waitUntilProcessed(log, applicationId, reports.name)
await app.close()

const received = await readAll(log, desks)
for (const desk of [0, 1, 2]) {
  const texts = received.filter(({ partition }) => partition === desk).map(({ value }) => value?.text)
  console.log(`desk ${desk}: ${texts.join('; ')}`)
}
for (const severity of ['info', 'alarm'] as const) {
  const stored = await readAll(log, topic(reportsOf(severity), { value: json<Report>() }))
  console.log(`${reportsOf(severity)}: ${stored.map(({ key }) => key).join(', ')}`)
}
await log.close()
