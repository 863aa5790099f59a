/**
 * What to do with a record that fails (law 12): policies by name or as a function. A policy sees the error with the
 * record's coordinates and answers; what it lets go is counted by operator and reason.
 */

import type { ErrorAnswer, ErrorPolicy, Logger, ProductionAnswer, ProductionPolicy } from '../config/streams-config.ts'
import { LogError, type MillraceError, type SerdeError, StreamsError } from '../record/errors.ts'

export type DeserializationHandler = (error: SerdeError) => ErrorAnswer

/** A processor threw: skip the record at that node, or fail the task. */
export type ProcessingHandler = (error: StreamsError) => ErrorAnswer

/** A record cannot be written: it cannot be serialised, is too large, or the log did not take it. */
export type ProductionHandler = (error: MillraceError) => ProductionAnswer

const ANSWERS: readonly unknown[] = ['fail', 'continue', 'dead-letter']
const PRODUCTION_ANSWERS: readonly unknown[] = [...ANSWERS, 'retry']

/** A policy from the configuration as a handler; what it lets go is logged with its coordinates. */
export function errorHandler(policy: ErrorPolicy, logger: Logger): (error: MillraceError) => ErrorAnswer {
  return (error) => logged(asked(policy, error, ANSWERS), error, logger)
}

/**
 * The same for output. A policy by name does not speak of errors that pass: those are tried again, as Kafka Streams does; a
 * function is asked of them too (KIP-1065).
 */
export function productionHandler(policy: ProductionPolicy, logger: Logger): ProductionHandler {
  return (error) => {
    if (typeof policy !== 'function' && isTransient(error)) return 'retry'
    return logged(asked(policy, error, PRODUCTION_ANSWERS), error, logger)
  }
}

/** May succeed if it is tried again. */
export function isTransient(error: unknown): boolean {
  return error instanceof LogError && !error.fatal && (error.retriable || error.code === 'DELIVERY_TIMEOUT')
}

/** An error of the handler ends the thread: it must not be taken for one of the record. */
function asked<A>(policy: A | ((error: MillraceError) => A), error: MillraceError, answers: readonly unknown[]): A {
  if (typeof policy !== 'function') return policy
  let answer: A
  try {
    answer = (policy as (error: MillraceError) => A)(error)
  } catch (cause) {
    throw new StreamsError(
      'MILLRACE_HANDLER',
      `The exception handler threw: ${cause instanceof Error ? cause.message : String(cause)}. It was asked about: ${error.message}`,
      { cause, coordinates: error.coordinates ?? {} },
    )
  }
  if (answers.includes(answer)) return answer
  throw new StreamsError(
    'MILLRACE_HANDLER',
    `The exception handler answered ${String(answer)}. Return one of ${answers.join(', ')}. It was asked about: ${error.message}`,
    { cause: error, coordinates: error.coordinates ?? {} },
  )
}

function logged<A>(answer: A, error: MillraceError, logger: Logger): A {
  if (answer !== 'fail') logger.warn({ code: error.code, answer, ...error.coordinates }, error.message)
  return answer
}
