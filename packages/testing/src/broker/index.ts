/** Kafka brokers for tests; see BROKER.md. */

export { type KafkaBroker, type KafkaBrokerOptions, kafkaBroker } from './kafka-broker.ts'
export { sharedKafka } from './shared-broker.ts'
