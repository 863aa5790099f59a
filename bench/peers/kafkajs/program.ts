/**
 * What a team writes without a streams library: kafkajs, `eachBatch`, a Map. No state survives it and nothing is committed
 * together, so it does less than the others. The only argument is the run as JSON (`../peer.ts`).
 */

import kafkajs from 'kafkajs'
import type { PeerRun } from '../peer.ts'

const run = JSON.parse(process.argv[2]) as PeerRun
const { Kafka, logLevel, Partitioners } = kafkajs
const kafka = new Kafka({ brokers: run.brokers.split(','), logLevel: logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
const consumer = kafka.consumer({ groupId: run.applicationId, maxBytesPerPartition: 1 << 20 })
const counts = new Map<string, number>()

interface Outgoing {
  readonly key: Buffer | string | null
  readonly value: Buffer | string
}

function sales(values: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[]): Outgoing[] {
  const messages: Outgoing[] = []
  for (const { key, value } of values) {
    const event = JSON.parse(String(value)) as { amount: number; cents?: number }
    if (event.amount >= 500) continue
    event.cents = Math.round(event.amount * 100)
    messages.push({ key, value: JSON.stringify(event) })
  }
  return messages
}

function counted(values: readonly { readonly key: Buffer | null }[]): Outgoing[] {
  const changed = new Set<string>()
  for (const { key } of values) {
    const user = String(key)
    counts.set(user, (counts.get(user) ?? 0) + 1)
    changed.add(user)
  }
  return [...changed].map((key) => {
    const value = Buffer.alloc(8)
    value.writeBigInt64BE(BigInt(counts.get(key) ?? 0))
    return { key, value }
  })
}

await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: `${run.inputPrefix}events`, fromBeginning: true })
consumer.on(consumer.events.CRASH, ({ payload }) => {
  console.error(payload.error)
  process.exit(1)
})
let said = false
await consumer.run({
  autoCommit: true,
  autoCommitInterval: run.commitMs,
  eachBatch: async ({ batch }) => {
    if (!said) process.stdout.write('{"event":"running"}\n')
    said = true
    const messages = run.pipeline === 'p1' ? sales(batch.messages) : counted(batch.messages)
    if (messages.length > 0) await producer.send({ topic: run.output, messages, acks: -1 })
  },
})
process.stdin.resume()
await new Promise((resolve) => process.stdin.once('end', resolve))
await consumer.disconnect()
await producer.disconnect()
process.exit(0)
