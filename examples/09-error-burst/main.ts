/** Three services on one morning: one breaks, one recovers, one is fine. */

import { memoryLog, produce, readTopic, StreamsApp } from 'millrace'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { alerts, events, type ServiceEvent, topology } from './topology.ts'

const at = (time: string, key: string, type: ServiceEvent['type'], text = '') => ({
  key,
  value: { type, text },
  timestamp: Date.parse(`2026-01-01T${time}Z`),
})

const log = memoryLog()
await log.admin.createTopics([events, alerts].map(({ name }) => ({ name, partitions: 1 })))
await produce(log, events, [
  at('09:00:00', 'cart', 'deploy', 'cart 2.1'),
  at('09:01:00', 'search', 'deploy', 'search 7'),
  at('09:01:30', 'cart', 'error', 'timeout'),
  at('09:02:00', 'pay', 'deploy', 'pay 3.3'),
  at('09:02:10', 'search', 'error', 'no index'),
  at('09:02:20', 'search', 'error', 'no index'),
  at('09:03:00', 'cart', 'error', 'null cart'),
  at('09:03:10', 'search', 'error', 'no index'),
  at('09:03:40', 'search', 'recovered'), // in time: no alert
  at('09:04:00', 'pay', 'error', 'declined'),
  at('09:05:00', 'cart', 'error', 'timeout'),
  at('09:06:00', 'cart', 'error', 'timeout'), // three are enough
  at('09:20:00', 'mail', 'deploy', 'mail 1.0'), // time goes on: the windows of the others are over
])

const applicationId = 'error-burst'
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 })
await app.start()
await waitUntilProcessed(log, applicationId, events.name)
await app.close()

for await (const { key, value } of readTopic(log, alerts)) console.log(`${key}: ${value}`)
await log.close()
