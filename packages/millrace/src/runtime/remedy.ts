/**
 * What a worker does about an error of the log, as Kafka Streams does (TaskMigrated, TaskCorrupted): membership that is
 * gone means giving the tasks up and joining again; a producer or transaction of unknown state means starting the tasks
 * over from what is committed (law 9); anything else ends the worker.
 */

import { LogError } from '../record/errors.ts'

export type Remedy = 'rejoin' | 'start-over' | 'fail'

const LOST = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  // Another thread of the app did not let go of a task that this one was given.
  'STATE_IN_USE',
])
const UNCERTAIN = new Set([
  'TRANSACTION_STATE_UNKNOWN',
  'DELIVERY_TIMEOUT',
  // The transactional id is this worker's alone: a transaction's time-out has fenced it, or its own successor; then the
  // group refuses it too, for it has the same instance id.
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  // An adapter whose transaction failed half-way takes nothing more in it.
  'INVALID_PRODUCER_STATE',
  'INVALID_TXN_STATE',
])

export function remedyFor(error: unknown): Remedy {
  if (!(error instanceof LogError)) return 'fail'
  if (error.code === 'TRANSACTION_ABORTABLE' && error.cause !== undefined) return remedyFor(error.cause)
  if (LOST.has(error.code)) return 'rejoin'
  if (UNCERTAIN.has(error.code)) return 'start-over'
  return error.retriable && !error.fatal ? 'start-over' : 'fail'
}
