/**
 * The port's channels over the connections of kafkajs, one a broker.
 *
 * A connection that was lost, or left a request without an answer, is never used again: kafkajs keeps half-read bytes of the
 * old one when it reconnects.
 */

import { type Broker, type Channel, closedError, type Request } from '@millrace/kafka-client'
import type { KafkaConfig } from 'kafkajs'
import { connectionError } from './errors.ts'
import {
  connectionPoolBuilder,
  silentLogger,
  socketFactory,
  type WireBroker,
  Broker as WireBrokerClass,
  type WireCall,
  type WireConnection,
  type WireConnectionPoolBuilder,
} from './kafkajs-internals.ts'

/** How to reach the cluster: the same for all channels of a log. */
export interface ConnectionSettings {
  readonly clientId: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** Where an advertised broker is reached from here. */
  mapBroker(advertised: Broker): Broker
}

/** What all requests of this adapter are. */
export interface WireRequest<Answer> extends WireCall<unknown>, Request<Answer> {
  /** Default: what was parsed is the answer. A mistake in here is not the connection's. */
  readonly answerOf?: ((parsed: never) => Answer) | undefined
}

const CONNECT_TIMEOUT_MS = 10_000
const AUTHENTICATION_TIMEOUT_MS = 10_000

export class KafkaJsChannel implements Channel {
  readonly #builder: WireConnectionPoolBuilder
  readonly #brokers = new Map<string, WireBroker>()
  readonly #connecting = new Map<string, Promise<WireBroker>>()
  #closed = false

  /** @param requestTimeoutMs after which an unanswered request fails and its connection is closed. */
  constructor(settings: ConnectionSettings, requestTimeoutMs: number) {
    this.#builder = connectionPoolBuilder({
      logger: silentLogger,
      socketFactory: socketFactory(),
      brokers: [],
      ssl: settings.ssl ?? null,
      sasl: settings.sasl ?? null,
      clientId: settings.clientId,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      maxInFlightRequests: null,
    })
  }

  async call<Answer>(broker: Broker, request: Request<Answer>): Promise<Answer> {
    const reached = await this.#connected(broker)
    const { answerOf, ...call } = request as WireRequest<Answer>
    let parsed: unknown
    try {
      parsed = await connectionOf(reached).send(call)
    } catch (error) {
      this.#drop(broker, reached, error)
      if (this.#closed) throw closedError('the connection')
      throw connectionError(error, `request to ${broker.host}:${broker.port}`)
    }
    return answerOf === undefined ? (parsed as Answer) : answerOf(parsed as never)
  }

  async close(): Promise<void> {
    this.#closed = true
    const reason = closedError('the connection')
    for (const broker of this.#brokers.values()) hangUp(broker, reason)
    this.#brokers.clear()
  }

  async #connected(address: Broker): Promise<WireBroker> {
    if (this.#closed) throw closedError('the connection')
    const key = `${address.host}:${address.port}`
    const known = this.#brokers.get(key)
    if (known?.isConnected()) return known
    let connecting = this.#connecting.get(key)
    if (connecting === undefined) {
      connecting = this.#connect(address, key).finally(() => this.#connecting.delete(key))
      this.#connecting.set(key, connecting)
    }
    return connecting
  }

  async #connect(address: Broker, key: string): Promise<WireBroker> {
    const broker = new WireBrokerClass({
      connectionPool: await this.#builder.build(address),
      logger: silentLogger,
      authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
      allowAutoTopicCreation: false,
    })
    for (const connection of broker.connectionPool.pool) quieten(connection)
    this.#brokers.set(key, broker)
    try {
      await Promise.race([broker.connect(), closedSocket(connectionOf(broker))])
    } catch (error) {
      this.#drop(address, broker, error)
      if (this.#closed) throw closedError('the connection')
      throw connectionError(error, `connect to ${key}`, 'CONNECT_FAILED')
    }
    if (!this.#closed) return broker
    hangUp(broker, closedError('the connection'))
    throw closedError('the connection')
  }

  #drop({ host, port }: Broker, broker: WireBroker, error: unknown): void {
    const key = `${host}:${port}`
    if (this.#brokers.get(key) === broker) this.#brokers.delete(key)
    hangUp(broker, error instanceof Error ? error : new Error(String(error)))
  }
}

/** Of the two that kafkajs has for a broker; the other it uses for fetches, which have channels of their own here. */
function connectionOf(broker: WireBroker): WireConnection {
  return broker.connectionPool.pool[0]
}

/**
 * kafkajs looks after throttled requests with a timer that it starts again and again with a negative delay even when there are
 * none: a thousand wake-ups a second a connection, and a TimeoutNegativeWarning (tulios/kafkajs#1751).
 */
function quieten({ requestQueue }: WireConnection): void {
  const schedule = requestQueue.scheduleCheckPendingRequests
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) schedule.call(requestQueue)
  }
}

/**
 * kafkajs never settles a connect whose socket was closed before it was there: by the broker in the middle of a TLS
 * handshake, or by us. @returns a promise that rejects when the socket to be made is closed
 */
function closedSocket(connection: WireConnection): Promise<never> {
  const make = connection.socketFactory
  return new Promise((_, reject) => {
    connection.socketFactory = (options) => {
      const socket = make(options)
      socket.once('close', () => reject(new Error('the connection was closed while it was being made')))
      return socket
    }
  })
}

/** kafkajs waits for answers before it disconnects; whoever waits for one is told first. */
function hangUp(broker: WireBroker, reason: Error): void {
  const connection = connectionOf(broker)
  connection.rejectRequests(reason)
  broker.disconnect().then(
    () => connection.socket?.destroy(),
    () => connection.socket?.destroy(),
  )
}
