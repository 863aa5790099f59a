/** Views of two users; one comes out of order, and bridges what were two visits until then. */

import { memoryLog, produce, readTopic, StreamsApp } from 'millrace'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { topology, views, visits } from './topology.ts'

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 16)
const view = (at: string, key: string, value: string) => ({ key, value, timestamp: Date.parse(`2026-01-01T${at}:00Z`) })

const log = memoryLog()
await log.admin.createTopics([views, visits].map(({ name }) => ({ name, partitions: 1 })))
await produce(log, views, [
  view('09:00', 'ada', '/'),
  view('09:20', 'bob', '/'),
  view('09:40', 'ada', '/cart'), // 40 min after the last one: a second visit …
  view('09:25', 'ada', '/shoes'), // … until this late view joins the two
  view('09:50', 'ada', '/pay'),
  view('10:40', 'bob', '/'), // a visit that is not over: not in the output
])

const applicationId = 'sessions'
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 })
await app.start()
await waitUntilProcessed(log, applicationId, views.name)
await app.close()

for await (const { key, value } of readTopic(log, visits)) {
  if (key !== null) console.log(`${key.key} ${time(key.window.start)}-${time(key.window.end)}: ${value?.join(' ')}`)
}
await log.close()
