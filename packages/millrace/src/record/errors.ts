/**
 * The error tree (law 12): a stable `code`, the record's coordinates where there is a record, and the remedy in the
 * message. Programmer errors are thrown at `build()` or start; errors of a record go to a policy first.
 */

export interface RecordCoordinates {
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  /** Task id, e.g. `0_1`. */
  readonly task?: string
  /** Processor node's name. */
  readonly operator?: string
}

export class MillraceError extends Error {
  readonly code: string
  readonly coordinates: RecordCoordinates | undefined

  constructor(code: string, message: string, options?: { cause?: unknown; coordinates?: RecordCoordinates }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.coordinates = options?.coordinates
  }
}

/** The topology is wrong: thrown by the DSL or by `build()`, which lists every mistake at once. */
export class TopologyError extends MillraceError {
  constructor(message: string, code = 'MILLRACE_TOPOLOGY') {
    super(code, message)
  }
}

/** The configuration, or what the cluster has, does not fit: thrown before anything runs, all problems at once. */
export class ConfigError extends MillraceError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      'MILLRACE_CONFIG',
      problems.length === 1 ? problems[0] : `${problems.length} problems:\n- ${problems.join('\n- ')}`,
    )
    this.problems = problems
  }
}

/** A record could not be processed; the cause is what user code or a serde threw. */
export class StreamsError extends MillraceError {}

/** Bytes could not be decoded, or a value could not be encoded. */
export class SerdeError extends MillraceError {
  constructor(message: string, options?: { cause?: unknown; coordinates?: RecordCoordinates }) {
    super('MILLRACE_SERDE', message, options)
  }
}

/** The log refused or could not be reached. `retriable`: the same call may succeed later. `fatal`: this client is fenced. */
export class LogError extends MillraceError {
  readonly retriable: boolean
  readonly fatal: boolean

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; coordinates?: RecordCoordinates; retriable?: boolean; fatal?: boolean } = {},
  ) {
    super(code, message, options)
    this.retriable = options.retriable ?? false
    this.fatal = options.fatal ?? false
  }
}
