/**
 * Kafka's error numbers as `LogError`s: Kafka's own names as codes, what may be tried again, what is fatal to a producer or
 * member. Which answer to each error is right is decided where it happens; here is only what it is called.
 *
 * No secret may get into a message: of the client's connection errors only the message text is kept.
 */

import { LogError, type TopicPartition } from 'millrace/log'
import { errorCodes } from './kafkajs-internals.ts'

/** The errors this adapter treats each in its own way. */
export const ErrorCode = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  messageTooLarge: 10,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAlreadyExists: 36,
  notController: 41,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  concurrentTransactions: 51,
  unknownProducerId: 59,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  fencedInstanceId: 82,
  unstableOffsetCommit: 88,
  producerFenced: 90,
} as const

/** Errors Kafka's own clients treat as retriable. */
const RETRIABLE = new Set([
  2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 27, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 88, 89, 100, 103,
])

/** Errors after which this producer or member cannot go on. */
const FATAL = new Set([29, 30, 31, 47, 48, 49, 53, 58, 82, 90])

const COORDINATOR_MOVED = new Set<number>([
  ErrorCode.coordinatorLoadInProgress,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.notCoordinator,
])

const REMEDIES: Readonly<Record<number, string>> = {
  1: 'the position no longer exists: reset it to the earliest or latest offset',
  3: 'create the topic, or check its name and the right to describe it',
  10: "raise the topic's max.message.bytes, or send smaller records",
  18: "raise the topic's max.message.bytes, or send smaller batches",
  26: "choose session.timeout.ms between the broker's group.min.session.timeout.ms and group.max.session.timeout.ms",
  29: 'grant the principal the right to this topic',
  30: 'grant the principal the right to this group',
  32: "the broker takes no timestamp further ahead than the topic's message.timestamp.after.max.ms (1 hour by default)",
  35: 'this adapter needs Kafka 2.3 or newer',
  47: 'a newer producer with the same transactional.id has taken over',
  50: "choose a transaction time-out of at most the broker's transaction.max.timeout.ms",
  53: 'grant the principal the right to this transactional id',
  82: 'another member with the same group.instance.id has joined: give each its own',
  90: 'a newer producer with the same transactional.id has taken over',
}

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

export function errorName(code: number): string {
  return NAMES.get(code) ?? `ERROR_${code}`
}

export function isRetriable(code: number): boolean {
  return RETRIABLE.has(code)
}

/** The coordinator is loading, gone or elsewhere: find it again. */
export function coordinatorMoved(code: number): boolean {
  return COORDINATOR_MOVED.has(code)
}

/** @param doing what was being done, e.g. `fetch from orders-0`. */
export function protocolError(
  code: number,
  doing: string,
  coordinates?: Partial<TopicPartition> & { offset?: number },
): LogError {
  const remedy = REMEDIES[code]
  const name = code === ErrorCode.invalidProducerEpoch ? 'PRODUCER_FENCED' : errorName(code)
  return new LogError(name, `${doing}: ${name}${remedy === undefined ? '' : `; ${remedy}`}`, {
    coordinates,
    retriable: RETRIABLE.has(code),
    fatal: FATAL.has(code),
  })
}

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
    return new LogError('UNSUPPORTED_VERSION', `${doing}: ${message}; this adapter needs Kafka 2.3 or newer`, {
      fatal: true,
    })
  }
  return new LogError(name, `${doing}: ${message}`, { retriable: true })
}

export function closedError(what: string): LogError {
  return new LogError('CLOSED', `${what} is closed`, { fatal: true })
}
