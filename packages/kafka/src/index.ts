/** @millrace/kafka: run Millrace on Apache Kafka. */

export { type KafkaLogOptions, kafkaLog } from './kafka-log.ts'
