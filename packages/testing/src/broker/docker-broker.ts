/**
 * The broker in a container, through testcontainers, where a Docker engine answers. testcontainers removes the container
 * when this process ends, however it ends.
 */

import { execFile } from 'node:child_process'
import { TEST_BROKER_SETTINGS } from './broker-settings.ts'
import type { BrokerAttempt, KafkaBrokerOptions } from './kafka-broker.ts'

/** Kafka 4.1 in Confluent's packaging, which is what testcontainers knows how to start. */
const IMAGE = 'confluentinc/cp-kafka:8.1.0'
const CLIENT_PORT = 9093

export async function dockerBroker(options: KafkaBrokerOptions): Promise<BrokerAttempt> {
  if (!(await engineAnswers())) return { unavailable: 'no Docker engine answers `docker info`' }
  const { KafkaContainer } = await import('@testcontainers/kafka')
  const container = await new KafkaContainer(IMAGE)
    .withKraft()
    .withEnvironment(asEnvironment({ ...TEST_BROKER_SETTINGS, ...options.settings }))
    .withEnvironment({ KAFKA_HEAP_OPTS: '-Xmx512m' })
    .start()
  let ended: () => void
  const stopped = new Promise<void>((resolve) => {
    ended = resolve
  })
  const close = async (): Promise<void> => {
    await container.stop()
    ended()
  }
  const brokers = [`${container.getHost()}:${container.getMappedPort(CLIENT_PORT)}`]
  return { broker: { brokers, source: 'docker', ended: stopped, close, [Symbol.asyncDispose]: close } }
}

function engineAnswers(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5000 }, (error) =>
      resolve(error === null),
    )
  })
}

/** The image reads `group.min.session.timeout.ms` from `KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS`. */
function asEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
  )
}
