/**
 * How kafkajs names Kafka's errors, and how a connection that was lost or refused looks there.
 *
 * No secret may get into a message: of the library's connection errors only the message text is kept.
 */

import { type ProtocolError, protocolErrors } from '@millrace/kafka-client'
import { LogError } from 'millrace/log'
import { errorCodes } from './kafkajs-internals.ts'

const OLDEST_KAFKA = '2.5'

/** Where kafkajs has no name, or not Kafka's own. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...errorCodes.map(({ code, type }): [number, string] => [code, type]),
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [6, 'NOT_LEADER_OR_FOLLOWER'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS'],
  [15, 'COORDINATOR_NOT_AVAILABLE'],
  [16, 'NOT_COORDINATOR'],
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
  [90, 'PRODUCER_FENCED'],
])

export const protocolError: ProtocolError = protocolErrors({
  nameOf: (code) => NAMES.get(code),
  oldestKafka: OLDEST_KAFKA,
})

/**
 * A request that got no answer (`CONNECTION_LOST`: it may have been executed) or no connection (`CONNECT_FAILED`: it was
 * not sent). Retriable unless the credentials or TLS settings are wrong.
 */
export function connectionError(error: unknown, doing: string, name = 'CONNECTION_LOST'): LogError {
  if (error instanceof LogError) return error
  const message = error instanceof Error ? error.message : String(error)
  const kind = error instanceof Error ? error.name : ''
  if (kind === 'KafkaJSSASLAuthenticationError') {
    return new LogError('AUTHENTICATION_FAILED', `${doing}: ${message} Check the sasl options.`, { fatal: true })
  }
  if (kind === 'KafkaJSServerDoesNotSupportApiKey' || kind === 'KafkaJSNotImplemented') {
    return new LogError(
      'UNSUPPORTED_VERSION',
      `${doing}: ${message}; this adapter needs Kafka ${OLDEST_KAFKA} or newer`,
      {
        fatal: true,
      },
    )
  }
  return new LogError(name, `${doing}: ${message}`, { retriable: true })
}
