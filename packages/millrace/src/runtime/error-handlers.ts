/**
 * What to do with a record that fails (law 12): policies by name or as a function. A policy sees the error with the
 * record's coordinates and answers; what it lets go is counted by operator and reason.
 */

import type { ErrorAnswer, ErrorPolicy, Logger } from '../config/streams-config.ts'
import type { MillraceError, SerdeError, StreamsError } from '../record/errors.ts'

export type DeserializationHandler = (error: SerdeError) => ErrorAnswer

/** A processor threw: skip the record at that node, or fail the task. */
export type ProcessingHandler = (error: StreamsError) => ErrorAnswer

/** The log refused a record for good (too large, topic gone): drop it, or fail. */
export type ProductionHandler = (error: Error) => ErrorAnswer

/** A policy from the configuration as a handler; what it lets go is logged with its coordinates. */
export function errorHandler(policy: ErrorPolicy, logger: Logger): (error: MillraceError) => ErrorAnswer {
  return (error) => {
    const answer = typeof policy === 'function' ? policy(error) : policy
    if (answer !== 'fail') logger.warn({ code: error.code, ...error.coordinates }, error.message)
    return answer
  }
}
