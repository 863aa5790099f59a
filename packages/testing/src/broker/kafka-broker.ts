/**
 * A Kafka broker for tests, from whatever the machine has: `KAFKA_BROKERS`, else Docker, else a JVM and Maven, else none.
 *
 * None is never silent: it is said on stderr, and with `REQUIRE_KAFKA=1` it is an error, so that a CI run cannot pass
 * without having talked to Kafka. What is started here dies with this process, even if that is killed with -9.
 */

import { dockerBroker } from './docker-broker.ts'
import { jvmBroker } from './jvm-broker.ts'

export interface KafkaBrokerOptions {
  /** Broker settings on top of the test settings, by Kafka's names. Not applied to `KAFKA_BROKERS`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Port of the client listener; default a free one. Not used with Docker or `KAFKA_BROKERS`. */
  readonly port?: number
  /** Only this way, `KAFKA_BROKERS` left aside: for a broker whose settings matter. Default: the first there is. */
  readonly source?: 'docker' | 'jvm'
  /** Receives the broker's own log lines. Default: dropped. */
  readonly onLogLine?: (line: string) => void
}

export interface KafkaBroker extends AsyncDisposable {
  /** `HOST:PORT` each. */
  readonly brokers: string[]
  /** Where it came from, for messages. */
  readonly source: 'KAFKA_BROKERS' | 'docker' | 'jvm'
  /** Settles when a broker started here has ended by itself; never for `KAFKA_BROKERS`. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** One way to get a broker: undefined with the reason why the machine cannot, an error if it can and it failed. */
export type BrokerAttempt = { readonly broker: KafkaBroker } | { readonly unavailable: string }

/**
 * Finds or starts a broker.
 *
 * @returns undefined if the machine has none and can start none; the reason is on stderr.
 * @throws Error if `REQUIRE_KAFKA=1` and there is none, or if a broker could be started and failed.
 */
export async function kafkaBroker(options: KafkaBrokerOptions = {}): Promise<KafkaBroker | undefined> {
  const given = process.env.KAFKA_BROKERS
  if (given !== undefined && given !== '' && options.source === undefined) return existing(given)
  const reasons: string[] = []
  const ways = { docker: dockerBroker, jvm: jvmBroker }
  for (const attempt of options.source === undefined ? Object.values(ways) : [ways[options.source]]) {
    const result = await attempt(options)
    if ('broker' in result) return result.broker
    reasons.push(result.unavailable)
  }
  const message =
    'no Kafka broker for tests: set KAFKA_BROKERS=HOST:PORT, or install Docker, or Java 17 and Maven\n' +
    reasons.map((reason) => `  - ${reason}`).join('\n')
  if (process.env.REQUIRE_KAFKA === '1') throw new Error(`REQUIRE_KAFKA=1, but there is ${message}`)
  process.stderr.write(`\n*** SKIPPED: there is ${message}\n\n`)
  return undefined
}

function existing(list: string): KafkaBroker {
  const brokers = list.split(',').map((address) => address.trim())
  const close = async (): Promise<void> => {}
  return { brokers, source: 'KAFKA_BROKERS', ended: new Promise(() => {}), close, [Symbol.asyncDispose]: close }
}
