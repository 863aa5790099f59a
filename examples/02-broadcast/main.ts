/** Two workers: the payments' partitions are divided between them, the rates go to both. */

import { memoryLog, produce, type ReadOnlyKeyValueStore, type StateStore, StreamsApp } from 'millrace'
import { readAll } from '../shared/read-all.ts'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { euros, payments, rates, topology } from './topology.ts'

const log = memoryLog()
await log.admin.createTopics([
  { name: payments.name, partitions: 4 },
  { name: rates.name, partitions: 2 },
  { name: euros.name, partitions: 1 },
])
await produce(log, rates, [
  { key: 'EUR', value: 1 },
  { key: 'USD', value: 0.5 },
  { key: 'CHF', value: 2 },
])

const applicationId = 'broadcast'
const workers = [1, 2].map(() => new StreamsApp(topology, { applicationId, log, commitIntervalMs: 50 }))
await Promise.all(workers.map((worker) => worker.start()))

const currencies = ['EUR', 'USD', 'CHF']
const records = Array.from({ length: 9 }, (_, n) => ({
  key: `payment-${n + 1}`,
  value: { amount: 10 * (n + 1), currency: currencies[n % 3] },
}))
await produce(log, payments, records)
await waitUntilProcessed(log, applicationId, payments.name)

for (const [index, worker] of workers.entries()) {
  const [store] = worker.stores<StateStore & ReadOnlyKeyValueStore<string, unknown>>('rates')
  console.log(`worker ${index + 1} holds the rates of ${[...store.all()].map(([currency]) => currency).join(', ')}`)
}
const converted = await readAll(log, euros)
for (const { key, value } of converted.sort((a, b) => (`${a.key}` < `${b.key}` ? -1 : 1))) console.log(key, value)
await Promise.all(workers.map((worker) => worker.close()))
await log.close()
