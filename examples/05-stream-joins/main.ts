/** Three ads: clicked in time, clicked too late, never clicked. */

import { memoryLog, produce, readTopic, StreamsApp } from 'millrace'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { clicks, impressions, outcomes, topology } from './topology.ts'

const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`)
const log = memoryLog()
await log.admin.createTopics([impressions, clicks, outcomes].map(({ name }) => ({ name, partitions: 1 })))
await produce(log, impressions, [
  { key: 'view-1', value: { ad: 'shoes' }, timestamp: at('12:00:00') },
  { key: 'view-2', value: { ad: 'hats' }, timestamp: at('12:01:00') },
  { key: 'view-3', value: { ad: 'gloves' }, timestamp: at('12:02:00') },
  // Event time moves with records only: this one tells that the windows of the others have closed.
  { key: 'view-4', value: { ad: 'scarves' }, timestamp: at('12:30:00') },
])
await produce(log, clicks, [
  { key: 'view-1', value: { at: '12:05:00' }, timestamp: at('12:05:00') },
  { key: 'view-2', value: { at: '12:20:00' }, timestamp: at('12:20:00') },
])

const applicationId = 'stream-joins'
// Unmatched records are looked for once a second of wall-clock time; 0: at once.
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50, emitIntervalMs: 0 })
await app.start()
await waitUntilProcessed(log, applicationId, impressions.name, clicks.name)
await app.close()

for await (const { key, value, timestamp } of readTopic(log, outcomes)) {
  const click = value?.clickedAt === null ? 'not clicked' : `clicked at ${value?.clickedAt}`
  console.log(`${key} ${value?.ad}: ${click} (result of ${new Date(timestamp).toISOString().slice(11, 19)})`)
}
await log.close()
