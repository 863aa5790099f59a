/**
 * The input, the same for every run: users first (a table must be there before the stream that looks things up in it), then
 * events, orders and customers mixed, ten milliseconds of event time apart.
 */

import type { Message, Producer } from 'kafkajs'
import { below, seededRandom } from '../chaos/random.ts'

const RECORDS = 12_000
const STEP_MS = 10
const KEYS = 50
const ORDERS = 80
const CUSTOMERS = 15

export interface InputRecord {
  readonly topic: 'users' | 'events' | 'orders' | 'customers'
  readonly message: Message
}

export interface Input {
  readonly users: readonly InputRecord[]
  readonly rest: readonly InputRecord[]
}

export function makeInput(startMs: number): Input {
  const random = seededRandom(42)
  let at = startMs
  const record = (topic: InputRecord['topic'], key: string, value: string): InputRecord => {
    at += STEP_MS
    return { topic, message: { key, value, timestamp: String(at) } }
  }
  const users = Array.from({ length: KEYS }, (_, each) => record('users', `key-${each}`, `user ${each}`))
  const rest = Array.from({ length: RECORDS }, (_, each) => {
    const kind = random()
    if (kind < 0.8) return record('events', `key-${below(random, KEYS)}`, String(below(random, 1000)))
    if (kind < 0.95)
      return record('orders', `order-${below(random, ORDERS)}`, `customer-${below(random, CUSTOMERS)} no ${each}`)
    return record('customers', `customer-${below(random, CUSTOMERS)}`, `name ${each}`)
  })
  return { users, rest }
}

/** Sends records in order; `perSecond` Infinity: at once. Ends early when aborted. */
export async function send(
  producer: Producer,
  prefix: string,
  records: readonly InputRecord[],
  perSecond: number,
  signal?: AbortSignal,
): Promise<void> {
  const tickMs = 50
  const size = Number.isFinite(perSecond) ? Math.max(1, Math.round((perSecond * tickMs) / 1000)) : 5000
  for (let at = 0; at < records.length && signal?.aborted !== true; at += size) {
    const byTopic = Map.groupBy(records.slice(at, at + size), ({ topic }) => topic)
    const topicMessages = [...byTopic].map(([topic, some]) => ({
      topic: `${prefix}${topic}`,
      messages: some.map(({ message }) => message),
    }))
    await producer.sendBatch({ topicMessages, acks: -1 })
    if (Number.isFinite(perSecond)) await new Promise((resolve) => setTimeout(resolve, tickMs))
  }
}
