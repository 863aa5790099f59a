/** Clicks and now and then a new version of a user, so many a second, at the time they are sent. */

import { type Log, type Producer, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { randomFrom } from '../micro/events.ts'
import { PARTITIONS } from './topology.ts'

const TICK_MS = 50
/** One record of so many is a user. */
const USER_SHARE = 20

export class SteadyInput {
  readonly #producer: Producer
  readonly #rate: number
  readonly #keys: number
  readonly #random = randomFrom(5)
  #stopped = false
  #working: Promise<void> = Promise.resolve()
  sent = 0

  constructor(log: Log, options: { rate: number; keys: number }) {
    this.#producer = log.producer()
    this.#rate = options.rate
    this.#keys = options.keys
  }

  async start(): Promise<void> {
    await this.#producer.init()
    await this.#send('users', this.#keys, (index) => [this.#key(index), { version: 0 }])
    this.#working = this.#run()
  }

  /** @throws what sending failed with. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
    await this.#producer.close()
  }

  async #run(): Promise<void> {
    const started = performance.now()
    let done = 0
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
      const due = Math.floor(((performance.now() - started) / 1000) * this.#rate) - done
      done += due
      const users = Math.floor(due / USER_SHARE)
      await Promise.all([
        this.#send('clicks', due - users, () => [this.#anyKey(), { page: Math.floor(this.#random() * 1000) }]),
        this.#send('users', users, () => [this.#anyKey(), { version: done }]),
      ])
    }
  }

  async #send(topic: string, count: number, row: (index: number) => [string, object]): Promise<void> {
    const builders: RecordBatchBuilder[] = []
    for (let index = 0; index < count; index++) {
      const [key, value] = row(index)
      const partition = partitionFor(Buffer.from(key), PARTITIONS)
      builders[partition] ??= new RecordBatchBuilder()
      builders[partition].append(key, JSON.stringify(value), Date.now(), undefined)
    }
    const sends = builders.map((records, partition) => this.#producer.send({ topic, partition, records }))
    await Promise.all(sends)
    this.sent += count
  }

  #anyKey(): string {
    return this.#key(Math.floor(this.#random() * this.#keys))
  }

  #key(index: number): string {
    return `user-${String(index).padStart(7, '0')}`
  }
}
