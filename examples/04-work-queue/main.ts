/** Two instances of one application compete for jobs; half-way through one leaves, and the other takes over. */

import { memoryLog, produce, StreamsApp } from 'millrace'
import { readAll } from '../shared/read-all.ts'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { buildTopology, done, jobs } from './topology.ts'

const applicationId = 'work-queue' // the same for all: that is what makes them share
const log = memoryLog()
await log.admin.createTopics([
  { name: jobs.name, partitions: 4 }, // at most 4 instances have work
  { name: done.name, partitions: 1 },
])
const [anna, ben] = ['anna', 'ben'].map(
  (worker) => new StreamsApp(buildTopology(worker), { applicationId, log, commitIntervalMs: 50 }),
)
await Promise.all([anna.start(), ben.start()])

let given = 0
while (ben.metrics().processed < 10 || anna.metrics().processed < 10) await give(10)
await waitUntilProcessed(log, applicationId, jobs.name)
const shared = await results()
await ben.close()
await give(50)
await waitUntilProcessed(log, applicationId, jobs.name)
await anna.close()

const all = await results()
const distinct = new Set(all.map(({ key }) => key)).size
console.log(`each job done once: ${all.length === given && distinct === given}`)
console.log(`while both ran, by ${workersOf(shared)}`)
console.log(`after ben had left, by ${workersOf(all.slice(shared.length))}`)
await log.close()

async function give(count: number): Promise<void> {
  const records = Array.from({ length: count }, () => ({ key: `job-${++given}`, value: given }))
  await produce(log, jobs, records)
  await log.clock.sleep(10)
}

function results() {
  return readAll(log, done)
}

function workersOf(records: Awaited<ReturnType<typeof results>>): string {
  return [...new Set(records.map(({ value }) => value?.by))].sort().join(' and ')
}
