/**
 * What becomes of a batch that the log did not take (KIP-210, KIP-1065). Too large a batch is made smaller, by starting the tasks
 * over; what may pass is tried again the same way; what is refused for good is for the production exception handler.
 *
 * In a transaction nothing can be left out once it was sent: a refusal spoils all of it. A record that is too large for its
 * topic is therefore met at its sink the next time (`RecordLimits`), where it can be left out; of other refusals the handler's
 * `continue` cannot be granted there. Of a changelog, and of the dead letter topic itself, nothing may be dropped at all.
 */

import type { OutgoingBatch } from '../log/producer.ts'
import { LogError, type MillraceError, StreamsError } from '../record/errors.ts'
import { isTransient, type ProductionHandler } from './error-handlers.ts'
import type { RecordLimits } from './record-limits.ts'

export interface RefusalsOptions {
  readonly limits: RecordLimits
  readonly handler: ProductionHandler
  /** The policy by name is `fail`: nothing is to be left out. */
  readonly failsAlways: boolean
  readonly transactional: boolean
  /** What the log measures is what was built. */
  readonly compressed: boolean
  /** False: every record of this topic must be written. */
  mayDrop(topic: string): boolean
}

export class Refusals {
  readonly #options: RefusalsOptions

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  /** @returns why the worker cannot go on as if nothing had happened; undefined: the batch is dropped */
  failureOf(error: unknown, batch: OutgoingBatch): unknown {
    if (!(error instanceof LogError) || error.fatal) return error
    if (isTransient(error)) return this.#transient(error, batch)
    // Fenced, or out of step with the log: that says nothing about the records.
    if (!REFUSED.has(error.code)) return error
    return error.code === 'MESSAGE_TOO_LARGE' ? this.#tooLarge(error, batch) : this.#refused(error, batch)
  }

  #transient(error: LogError, { topic }: OutgoingBatch): unknown {
    const answer = this.#options.handler(error)
    if (answer === 'fail') return given(error)
    const drops = answer === 'continue' && !this.#options.transactional && this.#options.mayDrop(topic)
    return drops ? undefined : error
  }

  #tooLarge(error: LogError, batch: OutgoingBatch): unknown {
    const { topic, records } = batch
    const { limits, compressed, failsAlways, mayDrop } = this.#options
    if (records.count > 1) {
      limits.refusedBatch(topic, records.size)
      return again(error)
    }
    if (failsAlways || !mayDrop(topic) || compressed) return this.#refused(error, batch)
    limits.refusedRecord(topic, records.size)
    return again(error)
  }

  #refused(error: LogError, { topic }: OutgoingBatch): unknown {
    const { handler, transactional, mayDrop } = this.#options
    if (!mayDrop(topic)) return given(error)
    const answer = handler(error)
    if (answer !== 'continue') return given(error)
    if (!transactional) return undefined
    return new StreamsError(
      'MILLRACE_PRODUCTION',
      `${error.message} Under exactly_once_v2 what the log has refused cannot be left out: the transaction is spoilt. ` +
        'Keep such records from being written, or use at_least_once.',
      { cause: error, coordinates: error.coordinates ?? {} },
    )
  }
}

/** Refusals of records. Any other code is about the producer or the cluster. */
const REFUSED: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
  'INVALID_REQUIRED_ACKS',
  'POLICY_VIOLATION',
  'UNSUPPORTED_COMPRESSION_TYPE',
])

/** Has a remedy: the tasks start over. */
function again(cause: LogError): LogError {
  return new LogError('BATCH_TOO_LARGE', `${cause.message} It is written again in smaller batches.`, {
    cause,
    coordinates: cause.coordinates ?? {},
    retriable: true,
  })
}

/** Has none: it ends the thread. */
function given(cause: MillraceError): StreamsError {
  return new StreamsError('MILLRACE_PRODUCTION', cause.message, { cause, coordinates: cause.coordinates ?? {} })
}
