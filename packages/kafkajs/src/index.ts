/** @millrace/kafkajs: run Millrace on Apache Kafka through kafkajs. */

export { type KafkaJsLogOptions, kafkaJsLog } from './kafkajs-log.ts'
