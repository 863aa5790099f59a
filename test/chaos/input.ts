/**
 * Steady input while workers die: a few records every 100 ms, from a seed. Order versions and customer versions count up per
 * key, so that the verifier can tell what came before what: so a batch whose answer is lost is not sent a second time. The
 * verifier reads what got into the topics.
 */

import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs'
import { below, type Random } from './random.ts'
import type { Customer, Item, Order, Side } from './topics.ts'

const TICK_MS = 100
const ITEM_KEYS = 60
const GROUPS = 15
const JOIN_KEYS = 40
const ORDERS = 60
const CUSTOMERS = 12

type Batch = Record<string, Message[]>

export class InputGenerator {
  readonly #kafka: Kafka
  #producer: Producer | undefined
  readonly #random: Random
  readonly #rate: number
  readonly #versions = new Map<string, number>()
  #nextId = 1
  #stopped = false
  #working: Promise<void> = Promise.resolve()

  constructor(kafka: Kafka, random: Random, rate: number) {
    this.#kafka = kafka
    this.#random = random
    this.#rate = rate
  }

  start(): void {
    this.#working = this.#run()
    this.#working.catch(() => {})
  }

  /** @throws what sending failed with. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
    await this.#producer?.disconnect()
  }

  async #run(): Promise<void> {
    let owed = 0
    let last = Date.now()
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
      const now = Date.now()
      owed += (this.#rate * (now - last)) / 1000
      last = now
      const batch: Batch = {}
      for (; owed >= 1; owed--) this.#add(batch, now)
      const topicMessages = Object.entries(batch).map(([topic, messages]) => ({ topic, messages }))
      if (topicMessages.length > 0) await this.#send(topicMessages)
    }
  }

  async #send(topicMessages: { topic: string; messages: Message[] }[]): Promise<void> {
    try {
      if (this.#producer === undefined) {
        const producer = this.#kafka.producer({
          createPartitioner: Partitioners.DefaultPartitioner,
          retry: { retries: 0 },
        })
        await producer.connect()
        this.#producer = producer
      }
      await this.#producer.sendBatch({ topicMessages, acks: -1, timeout: 5000 })
    } catch {
      // A broker is gone. A new producer asks anew who leads.
      await this.#producer?.disconnect().catch(() => {})
      this.#producer = undefined
    }
  }

  #add(batch: Batch, now: number): void {
    const random = this.#random
    const put = (topic: string, key: string, value: Item | Side | Order | Customer): void => {
      ;(batch[topic] ??= []).push({ key, value: JSON.stringify(value), timestamp: String(now) })
    }
    const id = this.#nextId++
    const kind = random()
    if (kind < 0.5) {
      const item: Item = { id, n: below(random, 100), group: `group-${below(random, GROUPS)}` }
      put('items', `item-${below(random, ITEM_KEYS)}`, item)
    } else if (kind < 0.8) put(random() < 0.5 ? 'left' : 'right', `join-${below(random, JOIN_KEYS)}`, { id })
    else if (kind < 0.97) {
      const key = `order-${below(random, ORDERS)}`
      put('orders', key, { version: this.#next(key), customer: `customer-${below(random, CUSTOMERS)}` })
    } else {
      const key = `customer-${below(random, CUSTOMERS)}`
      put('customers', key, { version: this.#next(key) })
    }
  }

  #next(key: string): number {
    const version = (this.#versions.get(key) ?? 0) + 1
    this.#versions.set(key, version)
    return version
  }
}
