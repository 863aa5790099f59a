/** The run's broker as for `@millrace/kafka`, and logs on it through kafkajs. */

import { kafkaJsLog } from '@millrace/kafkajs'
import type { Log } from 'millrace/log'
import { address } from '../kafka/broker-under-test.ts'

export { address, batchOf, describeOnKafka, fresh, freshTopic, readUntil } from '../kafka/broker-under-test.ts'

export function openLog(): Log {
  return kafkaJsLog({ brokers: address, clientId: 'millrace-kafkajs-test' })
}
