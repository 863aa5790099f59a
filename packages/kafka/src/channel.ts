/**
 * Requests to brokers for one purpose, over connections of its own.
 *
 * A Kafka broker answers the requests of one connection strictly in order, so a fetch that waits for data, or a join that
 * waits for other members, holds up everything sent after it: what must not wait for each other gets its own channel.
 * Answers come back whole, error codes in them; only what got no answer is thrown.
 */

import {
  type API,
  type Connection,
  type ConnectionOptions,
  ConnectionPool,
  type Reader,
  type Writer,
} from '@platformatic/kafka'
import type { AnswerBuffer, AnswerBuffers } from './answer-buffers.ts'
import { closedError, connectionError } from './errors.ts'

export interface Broker {
  readonly host: string
  readonly port: number
}

/** How to reach the cluster: the same for all channels of a log. */
export interface ConnectionSettings {
  readonly clientId: string
  readonly tls?: ConnectionOptions['tls']
  readonly sasl?: ConnectionOptions['sasl']
  /** Where an advertised broker is reached from here. */
  mapBroker(advertised: Broker): Broker
}

/** A request whose answer is parsed by us instead of by the client, so that record batches stay bytes. */
export interface RawRequest<T> {
  readonly key: number
  readonly version: number
  payload(): Writer
  parse(body: Buffer, whole?: AnswerBuffer): T
  /** Where the answer is put together. Default: in a new buffer. */
  readonly buffers?: AnswerBuffers | undefined
}

export class Channel {
  readonly #pool: ConnectionPool
  #closed = false

  /** @param requestTimeoutMs after which an unanswered request fails and its connection is closed. */
  constructor(settings: ConnectionSettings, requestTimeoutMs: number, maxInFlight = 5) {
    this.#pool = new ConnectionPool(settings.clientId, {
      ...(settings.tls === undefined ? {} : { tls: settings.tls, tlsServerName: true }),
      ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
      requestTimeout: requestTimeoutMs,
      maxInflights: maxInFlight,
    })
    // The pool listens for one error only; a second one on the same connection would be uncaught.
    this.#pool.on('connecting', ({ connection }) => connection.on('error', () => {}))
  }

  /** @throws LogError `CONNECT_FAILED`, `CONNECTION_LOST` (both retriable), `AUTHENTICATION_FAILED`. */
  async call<A extends unknown[], R>(broker: Broker, api: API<A, R>, ...parameters: A): Promise<R> {
    const connection = await this.connect(broker)
    try {
      return await api.async(connection, ...parameters)
    } catch (error) {
      const { response } = error as { response?: R }
      if (response !== undefined) return response
      throw connectionError(error, `request to ${broker.host}:${broker.port}`)
    }
  }

  /** A connection that can be written to now, without waiting; undefined: `connect` first. */
  established({ host, port }: Broker): Connection | undefined {
    const connection = this.#pool.getEstablishedConnection({ host, port })
    return connection?.isConnected() ? connection : undefined
  }

  /** @throws LogError `CONNECT_FAILED` (retriable), `AUTHENTICATION_FAILED`. */
  async connect(broker: Broker): Promise<Connection> {
    if (this.#closed) throw closedError('the connection')
    try {
      return await this.#pool.get(broker)
    } catch (error) {
      if (this.#closed) throw closedError('the connection')
      throw connectionError(error, `connect to ${broker.host}:${broker.port}`, 'CONNECT_FAILED')
    }
  }

  /** Writes a request at once: those made one after another on one connection arrive in that order. */
  raw<T>(connection: Connection, request: RawRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      connection.send(
        request.key,
        request.version,
        () => request.payload(),
        (_correlationId: number, _key: number, _version: number, { buffer, position }: Reader) => {
          if (request.buffers === undefined) return request.parse(buffer.slice(position))
          const whole = request.buffers.gather(buffer.buffers, position, buffer.length - position)
          return request.parse(whole.bytes, whole)
        },
        true,
        true,
        (error: Error | null, answer?: T) => {
          if (error === null || error === undefined) resolve(answer as T)
          else reject(connectionError(error, `request to ${connection.host}:${connection.port}`))
        },
      )
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.close().catch(() => {})
  }
}
