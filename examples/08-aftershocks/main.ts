/** The quakes of 31 January to 7 February 2018, in the order they happened. */

import { readFileSync } from 'node:fs'
import { memoryLog, produce, readTopic, StreamsApp } from 'millrace'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { aftershocks, type Quake, quakes, topology } from './topology.ts'

interface Feature {
  readonly id: string
  readonly properties: { readonly mag: number; readonly place: string; readonly time: number }
  readonly geometry: { readonly coordinates: readonly [longitude: number, latitude: number, depth: number] }
}

const file = new URL('../data/earthquakes.json', import.meta.resolve('vega-datasets'))
const { features } = JSON.parse(readFileSync(file, 'utf8')) as { readonly features: readonly Feature[] }
const records = features
  .map(({ id, properties, geometry }) => {
    const [longitude, latitude] = geometry.coordinates
    const value: Quake = { magnitude: properties.mag, place: properties.place, longitude, latitude }
    return { key: id, value, timestamp: properties.time }
  })
  .sort((a, b) => a.timestamp - b.timestamp)

const log = memoryLog()
// Old events: the log must not take them for expired.
const config = { 'retention.ms': '-1' }
await log.admin.createTopics([quakes, aftershocks].map(({ name }) => ({ name, partitions: 1, config })))
await produce(log, quakes, records)

const applicationId = 'aftershocks'
const app = new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 })
await app.start()
await waitUntilProcessed(log, applicationId, quakes.name)
await waitUntilProcessed(log, applicationId, `${applicationId}-aftershocks-runs-repartition`)
await app.close()

for await (const { key, value } of readTopic(log, aftershocks)) {
  if (value === null) continue
  const { main, aftershock } = value
  console.log(`${key}: ${main.magnitude} ${main.place}, then ${aftershock.map((quake) => quake.magnitude).join(' ')}`)
}
await log.close()
