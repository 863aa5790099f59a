/**
 * Kafka's error numbers as `LogError`s: Kafka's own names as codes, what may be tried again, what is fatal to a producer or
 * member. Which answer to each error is right is decided where it happens; here is only what it is called.
 *
 * The names stand in a table of the adapter's library. How a lost or refused connection looks only the adapter knows.
 */

import { LogError, type RecordCoordinates } from 'millrace/log'

/** The errors that are treated each in its own way. */
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
  47: 'a newer producer with the same transactional.id has taken over',
  50: "choose a transaction time-out of at most the broker's transaction.max.timeout.ms",
  53: 'grant the principal the right to this transactional id',
  82: 'another member with the same group.instance.id has joined: give each its own',
  90: 'a newer producer with the same transactional.id has taken over',
}

export function isRetriable(code: number): boolean {
  return RETRIABLE.has(code)
}

/** The coordinator is loading, gone or elsewhere: find it again. */
export function coordinatorMoved(code: number): boolean {
  return COORDINATOR_MOVED.has(code)
}

/** @param doing what was being done, e.g. `fetch from orders-0`. */
export type ProtocolError = (code: number, doing: string, coordinates?: RecordCoordinates) => LogError

export interface ErrorWording {
  /** Kafka's own name of an error number; undefined where the library knows none. */
  nameOf(code: number): string | undefined
  /** The oldest Kafka that takes the adapter's requests, e.g. `3.3`. */
  readonly oldestKafka: string
}

export function protocolErrors({ nameOf, oldestKafka }: ErrorWording): ProtocolError {
  const remedies: Readonly<Record<number, string>> = {
    ...REMEDIES,
    35: `this adapter needs Kafka ${oldestKafka} or newer`,
  }
  return (code, doing, coordinates) => {
    const remedy = remedies[code]
    const name = code === ErrorCode.invalidProducerEpoch ? 'PRODUCER_FENCED' : (nameOf(code) ?? `ERROR_${code}`)
    return new LogError(name, `${doing}: ${name}${remedy === undefined ? '' : `; ${remedy}`}`, {
      coordinates,
      retriable: RETRIABLE.has(code),
      fatal: FATAL.has(code),
    })
  }
}

export function closedError(what: string): LogError {
  return new LogError('CLOSED', `${what} is closed`, { fatal: true })
}

/** Whether an error that came up while several topics were looked up is about this one: it names it, or none. */
export function concernsTopic({ coordinates }: LogError, topic: string): boolean {
  return coordinates?.topic === undefined || coordinates.topic === topic
}
