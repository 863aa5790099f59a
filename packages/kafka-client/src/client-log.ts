/**
 * A log on a Kafka cluster, through an adapter's client. What it hands out (fetchers, producers, members) shares its metadata,
 * has connections of its own, and is closed with it. No connection is made before something is asked of it.
 */

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
import type { Broker } from './channel.ts'
import type { Client } from './client.ts'
import type { Cluster } from './cluster.ts'
import { closedError } from './errors.ts'
import { FetchLoop } from './fetch-loop.ts'
import { Membership } from './membership.ts'
import { Metadata } from './metadata.ts'
import { KafkaProducer } from './producer.ts'

/** What every adapter asks its users for. */
export interface ClusterOptions {
  /** `HOST:PORT` of some brokers; the others are found through them. */
  readonly brokers: readonly string[] | string
  /** Shown in the brokers' logs and quotas. Default `millrace`. */
  readonly clientId?: string
  /**
   * Where a broker is reached from here, if not at the address it advertises: port forwarding, a proxy in tests. Not asked for
   * `brokers`. Default: where it says.
   */
  readonly mapBroker?: (advertised: Broker) => Broker
  /** Default `systemClock()`. */
  readonly clock?: Clock
}

export interface Adapter {
  readonly name: string
  readonly capabilities: LogCapabilities
  readonly client: Client
  /** How a thread makes the same log, as long as the user gave neither a clock nor `mapBroker`. */
  readonly recipe: LogRecipe
}

/** What a log has handed out and must close with itself. */
interface Part {
  readonly closed: boolean
  close(): Promise<void>
}

export class ClientLog implements Log {
  readonly name: string
  readonly capabilities: LogCapabilities
  readonly admin: LogAdmin
  readonly clock: Clock
  readonly recipe: LogRecipe | undefined
  readonly #cluster: Cluster
  readonly #parts = new Set<Part>()
  #closed = false

  /** @throws LogError `INVALID_BROKERS` if an address is not HOST:PORT. */
  constructor({ brokers, mapBroker, clock }: ClusterOptions, { name, capabilities, client, recipe }: Adapter) {
    const bootstrap = parseAddresses(typeof brokers === 'string' ? [brokers] : brokers)
    this.name = name
    this.capabilities = capabilities
    this.clock = clock ?? systemClock()
    // A thread has a clock of its own, and functions do not travel.
    this.recipe = clock === undefined && mapBroker === undefined ? recipe : undefined
    this.#cluster = { client, metadata: new Metadata(client, bootstrap, this.clock), clock: this.clock }
    this.admin = new KafkaAdmin(this.#cluster)
  }

  fetcher(options?: FetcherOptions): Fetcher {
    return this.#part(new FetchLoop(this.#cluster, options))
  }

  producer(options?: ProducerOptions): Producer {
    return this.#part(new KafkaProducer(this.#cluster, options))
  }

  member(options: GroupMemberOptions): GroupMember {
    return this.#part(new Membership(this.#cluster, options, this.capabilities.cooperative))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#parts].map((part) => part.close()))
    this.#parts.clear()
    await this.#cluster.metadata.close()
  }

  #part<T extends Part>(part: T): T {
    if (this.#closed) throw closedError('the log')
    for (const old of this.#parts) if (old.closed) this.#parts.delete(old)
    this.#parts.add(part)
    return part
  }
}
