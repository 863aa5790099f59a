/** Three customers; one orders, though the order arrives after a later view. */

import { memoryLog, produce, readTopic, StreamsApp } from 'millrace'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { reminders, type ShopEvent, shop, topology } from './topology.ts'

const at = (time: string, key: string, type: ShopEvent['type'], item = '') => ({
  key,
  value: { type, item },
  timestamp: Date.parse(`2026-01-01T${time}:00Z`),
})

const log = memoryLog()
await log.admin.createTopics([shop, reminders].map(({ name }) => ({ name, partitions: 1 })))
await produce(log, shop, [
  at('09:00', 'ada', 'view', 'lamp'),
  at('09:05', 'ada', 'add', 'lamp'),
  at('09:20', 'bob', 'add', 'desk'),
  at('09:30', 'ada', 'add', 'bulb'),
  at('09:41', 'bob', 'view', 'chair'),
  at('09:40', 'bob', 'order', 'desk'), // out of order, within grace
  at('10:04', 'cleo', 'add', 'rug'),
  at('10:30', 'cleo', 'view', 'rug'), // ada's hour is over
  at('10:00', 'ada', 'order', 'lamp'), // too late to count
  at('10:40', 'cleo', 'order', 'rug'),
])

const applicationId = 'abandoned-cart'
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 })
await app.start()
await waitUntilProcessed(log, applicationId, shop.name)
await app.close()

for await (const { key, value } of readTopic(log, reminders)) console.log(`${key}: ${value}`)
await log.close()
