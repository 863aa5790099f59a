/**
 * The port to connections: requests to brokers for one purpose.
 *
 * A Kafka broker answers the requests of one connection strictly in order, so a fetch that waits for data, or a join that
 * waits for other members, holds up everything sent after it: what must not wait for each other gets its own channel.
 * Answers come back whole, error codes in them; only what got no answer is thrown.
 */

export interface Broker {
  readonly host: string
  readonly port: number
}

/** What it is on the wire is its adapter's affair: only that adapter's channels carry it out, as often as wanted. */
export interface Request<Answer> {
  /** Only for the compiler. */
  readonly answer?: Answer
}

export interface Channel {
  /** @throws LogError `CONNECT_FAILED`, `CONNECTION_LOST` (both retriable), `AUTHENTICATION_FAILED`, `CLOSED`. */
  call<Answer>(broker: Broker, request: Request<Answer>): Promise<Answer>
  /** What waits for an answer is told; nothing is sent any more. */
  close(): Promise<void>
}
