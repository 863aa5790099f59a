/** A night on call: a poisoned record, a thread that dies, a pause, one more thread, the end. */

import { memoryLog, produce, StreamsApp } from 'millrace'
import { readAll } from '../shared/read-all.ts'
import { waitUntilProcessed } from '../shared/wait-until-processed.ts'
import { buildTopology, euros, failed, payments } from './topology.ts'

const rates: Record<string, number> = { EUR: 1, USD: 0.5 }
let away = 1 // the service that converts fails once

const applicationId = 'on-call'
const log = memoryLog()
await log.admin.createTopics([
  { name: payments.name, partitions: 4 },
  { name: euros.name, partitions: 1 },
  { name: failed.name, partitions: 1 },
])
const topology = buildTopology(({ amount, currency }) => {
  if (currency === 'USD' && away-- > 0) throw new Error('the service is away')
  const rate = rates[currency]
  if (rate === undefined) throw new RangeError(`no rate for ${currency}`)
  return amount * rate
})
const app = new StreamsApp(topology, {
  applicationId,
  log,
  processingGuarantee: 'exactly_once_v2', // what a thread had done when it died is done again, and counts once
  // A record that always fails is set aside; anything else ends its thread, and another takes over.
  processingExceptionHandler: (error) => (error.cause instanceof RangeError ? 'dead-letter' : 'fail'),
  deadLetterTopic: failed.name,
  uncaughtExceptionHandler(error) {
    console.log(`a thread ended: ${(error.cause as Error).message}`)
    return 'replace-thread'
  },
})
await app.start()

await pay(10, 'EUR')
await pay(20, 'XXX') // nobody has a rate for it, ever
await settled()
for (const { key, headers } of await readAll(log, failed)) {
  const why = headers?.last('__streams.errors.message')?.value
  console.log(`set aside: ${key}, ${Buffer.from(why ?? []).toString()}`)
}

await pay(30, 'USD')
await settled()
console.log(`after it: ${app.metadataForLocalThreads().length} thread, ${app.state}`)

app.pause()
const before = app.metrics().processed
await pay(40, 'EUR')
await log.clock.sleep(300)
console.log(`paused: ${app.state}, ${app.metrics().processed - before} processed`)
app.resume()
await settled()

await app.addStreamThread()
while (tasks() !== '2 and 2') await log.clock.sleep(10)
console.log(`one more thread: ${tasks()} tasks`)
await pay(50, 'EUR')
await settled()

await app.close()
console.log(`closed: ${app.state}`)
const paid = (await readAll(log, euros)).map(({ key, value }) => `${key} ${value}`)
console.log(`in euros: ${paid.sort().join(', ')}`)
await log.close()

async function pay(amount: number, currency: string): Promise<void> {
  await produce(log, payments, [{ key: `payment-${amount}`, value: { amount, currency } }])
}

/** All is processed and committed, by threads that run. */
async function settled(): Promise<void> {
  await waitUntilProcessed(log, applicationId, payments.name)
  while (app.state !== 'running') await log.clock.sleep(10)
}

function tasks(): string {
  return app
    .metadataForLocalThreads()
    .map(({ activeTasks }) => activeTasks.length)
    .join(' and ')
}
