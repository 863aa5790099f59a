/**
 * `kafkaJsLog`: the log port on Apache Kafka over the connections and wire formats of kafkajs 2.2.4. What a log hands out
 * (fetchers, producers, members) shares its metadata and has connections of its own.
 */

import type { KafkaConfig } from 'kafkajs'
import {
  type Clock,
  type Fetcher,
  type FetcherOptions,
  type GroupMember,
  type GroupMemberOptions,
  type Log,
  type LogAdmin,
  type LogCapabilities,
  type LogRecipe,
  type Producer,
  type ProducerOptions,
  systemClock,
} from 'millrace/log'
import { parseAddresses } from './addresses.ts'
import { KafkaAdmin } from './admin.ts'
import type { ConnectionSettings } from './channel.ts'
import { closedError } from './errors.ts'
import { FetchLoop } from './fetch-loop.ts'
import { Membership } from './membership.ts'
import { Metadata } from './metadata.ts'
import { KafkaProducer } from './producer.ts'

export interface KafkaJsLogOptions {
  /** `HOST:PORT` of some brokers; the others are found through them. */
  readonly brokers: readonly string[] | string
  /** Shown in the brokers' logs and quotas. Default `millrace`. */
  readonly clientId?: string
  /** As kafkajs takes it: options of Node's `tls.connect`, or true for its defaults. Default: plaintext. */
  readonly ssl?: KafkaConfig['ssl']
  /** As kafkajs takes it, e.g. `{ mechanism: 'scram-sha-512', username, password }`. Never written to logs or errors. */
  readonly sasl?: KafkaConfig['sasl']
  /**
   * Where a broker is reached from here, if not at the address it advertises: port forwarding, a proxy in tests. Not asked for
   * `brokers`. Default: where it says.
   */
  readonly mapBroker?: (advertised: { host: string; port: number }) => { host: string; port: number }
  /** Default `systemClock()`. */
  readonly clock?: Clock
}

const CAPABILITIES: LogCapabilities = Object.freeze({
  transactions: 'v2',
  cooperative: false,
  staticMembership: true,
  requireStable: true,
  assignmentBytes: true,
  deleteRecords: true,
  durable: true,
})

/**
 * A log on a Kafka cluster. No connection is made before something is asked of it.
 *
 * @throws LogError `INVALID_BROKERS` if an address is not HOST:PORT.
 */
export function kafkaJsLog(options: KafkaJsLogOptions): Log {
  return new KafkaJsLog(options)
}

/** What a log has handed out and must close with itself. */
interface Part {
  readonly closed: boolean
  close(): Promise<void>
}

class KafkaJsLog implements Log {
  readonly name = 'kafkajs'
  readonly capabilities: LogCapabilities = CAPABILITIES
  readonly admin: LogAdmin
  readonly clock: Clock
  readonly recipe: LogRecipe | undefined
  readonly #settings: ConnectionSettings
  readonly #metadata: Metadata
  readonly #parts = new Set<Part>()
  #closed = false

  constructor(options: KafkaJsLogOptions) {
    const { brokers, clientId = 'millrace', ssl, sasl, mapBroker = (same) => same, clock = systemClock() } = options
    const bootstrap = parseAddresses(typeof brokers === 'string' ? [brokers] : brokers)
    this.#settings = { clientId, ssl, sasl, mapBroker }
    this.clock = clock
    // A thread has a clock of its own, and functions (of kafkajs's sasl too) do not travel.
    const travels = options.clock === undefined && options.mapBroker === undefined
    const module = new URL('./index.ts', import.meta.url).href
    this.recipe = travels ? { module, export: 'kafkaJsLog', options: { brokers, clientId, ssl, sasl } } : undefined
    this.#metadata = new Metadata(this.#settings, bootstrap, clock)
    this.admin = new KafkaAdmin(this.#metadata, clock)
  }

  fetcher(options?: FetcherOptions): Fetcher {
    return this.#part(new FetchLoop(this.#settings, this.#metadata, this.clock, options))
  }

  producer(options?: ProducerOptions): Producer {
    return this.#part(new KafkaProducer(this.#settings, this.#metadata, this.clock, options))
  }

  member(options: GroupMemberOptions): GroupMember {
    return this.#part(new Membership(this.#settings, this.#metadata, this.clock, options))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#parts].map((part) => part.close()))
    this.#parts.clear()
    await this.#metadata.close()
  }

  #part<T extends Part>(part: T): T {
    if (this.#closed) throw closedError('the log')
    for (const old of this.#parts) if (old.closed) this.#parts.delete(old)
    this.#parts.add(part)
    return part
  }
}
