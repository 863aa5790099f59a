/**
 * The port's channels over the connections of @platformatic/kafka: a pool of them for each channel, one a broker.
 */

import { type Broker, type Channel, closedError, type Request } from '@millrace/kafka-client'
import { type Connection, type ConnectionOptions, ConnectionPool } from '@platformatic/kafka'
import { connectionError } from './errors.ts'

/** How to reach the cluster: the same for all channels of a log. */
export interface ConnectionSettings {
  readonly clientId: string
  readonly tls?: ConnectionOptions['tls']
  readonly sasl?: ConnectionOptions['sasl']
  /** Where an advertised broker is reached from here. */
  mapBroker(advertised: Broker): Broker
}

/** What all requests of this adapter are. */
export interface ConnectionRequest<Answer> extends Request<Answer> {
  /** Writes it at once: those made one after another on one connection arrive in that order. */
  on(connection: Connection): Promise<Answer>
}

export class PooledChannel implements Channel {
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

  async call<Answer>(broker: Broker, request: Request<Answer>): Promise<Answer> {
    const connection = await this.connect(broker)
    return (request as ConnectionRequest<Answer>).on(connection)
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

  async close(): Promise<void> {
    this.#closed = true
    await this.#pool.close().catch(() => {})
  }
}
