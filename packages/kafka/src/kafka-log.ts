/**
 * `kafkaLog`: the log port on Apache Kafka 3.3 and newer, over the connections and wire formats of @platformatic/kafka.
 */

import { ClientLog, type ClusterOptions } from '@millrace/kafka-client'
import type { ConnectionOptions } from '@platformatic/kafka'
import type { Log, LogCapabilities } from 'millrace/log'
import { kafkaClient } from './client.ts'

export interface KafkaLogOptions extends ClusterOptions {
  /** TLS: options of Node's `tls.connect`, or true for its defaults. Default: plaintext. */
  readonly tls?: NonNullable<ConnectionOptions['tls']> | boolean
  /** SASL credentials, e.g. `{ mechanism: 'SCRAM-SHA-512', username, password }`. Never written to logs or errors. */
  readonly sasl?: NonNullable<ConnectionOptions['sasl']>
}

const CAPABILITIES: LogCapabilities = Object.freeze({
  transactions: 'v2',
  cooperative: true,
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
export function kafkaLog(options: KafkaLogOptions): Log {
  const { brokers, clientId = 'millrace', tls, sasl, mapBroker = (same) => same } = options
  return new ClientLog(options, {
    name: 'kafka',
    capabilities: CAPABILITIES,
    client: kafkaClient({ clientId, tls: tls === true ? {} : tls === false ? undefined : tls, sasl, mapBroker }),
    recipe: {
      module: new URL('./index.ts', import.meta.url).href,
      export: 'kafkaLog',
      options: { brokers, clientId, tls, sasl },
    },
  })
}
