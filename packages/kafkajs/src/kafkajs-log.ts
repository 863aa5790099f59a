/**
 * `kafkaJsLog`: the log port on Apache Kafka over the connections and wire formats of kafkajs 2.2.4.
 */

import { ClientLog, type ClusterOptions } from '@millrace/kafka-client'
import type { KafkaConfig } from 'kafkajs'
import type { Log, LogCapabilities } from 'millrace/log'
import { kafkaJsClient } from './client.ts'

export interface KafkaJsLogOptions extends ClusterOptions {
  /** As kafkajs takes it: options of Node's `tls.connect`, or true for its defaults. Default: plaintext. */
  readonly ssl?: KafkaConfig['ssl']
  /** As kafkajs takes it, e.g. `{ mechanism: 'scram-sha-512', username, password }`. Never written to logs or errors. */
  readonly sasl?: KafkaConfig['sasl']
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
  const { brokers, clientId = 'millrace', ssl, sasl, mapBroker = (same) => same } = options
  return new ClientLog(options, {
    name: 'kafkajs',
    capabilities: CAPABILITIES,
    client: kafkaJsClient({ clientId, ssl, sasl, mapBroker }),
    recipe: {
      // Functions in kafkajs's sasl do not travel either; whoever makes a thread finds that out.
      module: new URL('./index.ts', import.meta.url).href,
      export: 'kafkaJsLog',
      options: { brokers, clientId, ssl, sasl },
    },
  })
}
