/**
 * @millrace/testing: run a topology in a test without a log, a clock that you move, a real broker when one is wanted.
 */

export { type KafkaBroker, type KafkaBrokerOptions, kafkaBroker } from './broker/kafka-broker.ts'
export { brokerPom, mavenClasspath } from './broker/maven-classpath.ts'
export { sharedKafka } from './broker/shared-broker.ts'
export type { ProducedRecord } from './capturing-collector.ts'
export { ManualClock } from './manual-clock.ts'
export {
  CASES,
  PLANTED_BUGS,
  type PlantedBug,
  type SimulationOptions,
  type SimulationResult,
  simulate,
  type TopologyCase,
} from './simulator/index.ts'
export { type TestInputOptions, TestInputTopic } from './test-input-topic.ts'
export { TestOutputTopic, type TestRecord } from './test-output-topic.ts'
export { type RawRecord, TopologyTestDriver, type TopologyTestDriverOptions } from './topology-test-driver.ts'
