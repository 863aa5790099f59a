/**
 * Every call that would cross the network passes here, so that a simulator can delay it, fail it, swallow its answer or
 * let it never settle. Without an interceptor a call runs at once and nothing is allocated but its promise.
 */

import type { Clock } from '../../record/clock.ts'
import { LogError } from '../../record/errors.ts'

export type LogOperation =
  | 'produce'
  | 'fetch'
  | 'initProducer'
  | 'addOffsets'
  | 'endTransaction'
  | 'join'
  | 'sync'
  | 'heartbeat'
  | 'leave'
  | 'commitOffsets'
  | 'fetchOffsets'
  | 'admin'

/** What is about to be asked of the log, and by whom. */
export interface LogCall {
  readonly operation: LogOperation
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly memberId?: string
  readonly transactionalId?: string | undefined
  /** For `admin`: the method's name; for `endTransaction`: `commit` or `abort`. */
  readonly detail?: string
}

/**
 * Faults. A promise that settles later delays the call; one that never settles leaves the caller to its request time-out.
 */
export interface LogInterceptor {
  /** Throwing here fails the call before it has any effect. */
  before?(call: LogCall): void | Promise<void>
  /** Throwing here loses the answer: the call has had its effect. */
  after?(call: LogCall): void | Promise<void>
}

/** Clients that are open, for the log's own `close`; each adds and removes itself. */
export type OpenParts = Set<{ close(): Promise<void> }>

/** What must be safe before it is answered. */
const WRITES: ReadonlySet<LogOperation> = new Set<LogOperation>([
  'produce',
  'initProducer',
  'addOffsets',
  'endTransaction',
  'commitOffsets',
  'admin',
])

export class PortCalls {
  readonly clock: Clock
  /** Settles when everything that was done is safe; undefined: it is. */
  readonly settled: () => Promise<void> | undefined
  readonly #interceptor: LogInterceptor | undefined
  readonly #requestTimeoutMs: number

  constructor(
    clock: Clock,
    interceptor: LogInterceptor | undefined,
    requestTimeoutMs: number,
    settled: () => Promise<void> | undefined = () => undefined,
  ) {
    this.clock = clock
    this.settled = settled
    this.#interceptor = interceptor
    this.#requestTimeoutMs = requestTimeoutMs
  }

  get intercepted(): boolean {
    return this.#interceptor !== undefined
  }

  /**
   * Runs a call. `waits`: how long the log itself may take to answer, beyond the request time-out.
   * @throws LogError `REQUEST_TIMED_OUT` (retriable; the call may have had its effect), and what the call throws
   */
  async run<T>(call: LogCall, execute: () => T | Promise<T>, waits = 0): Promise<T> {
    if (this.#interceptor === undefined) return this.#safely(call, execute)
    return this.#limited(call, this.#around(call, this.#interceptor, execute), waits)
  }

  async #safely<T>(call: LogCall, execute: () => T | Promise<T>): Promise<T> {
    if (!WRITES.has(call.operation)) return execute()
    const result = await execute()
    await this.settled()
    return result
  }

  async #around<T>(call: LogCall, interceptor: LogInterceptor, execute: () => T | Promise<T>): Promise<T> {
    await interceptor.before?.(call)
    let failure: unknown
    let result: T | undefined
    try {
      result = await this.#safely(call, execute)
    } catch (error) {
      failure = error
    }
    await interceptor.after?.(call)
    if (failure !== undefined) throw failure
    return result as T
  }

  #limited<T>(call: LogCall, running: Promise<T>, waits: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimer(this.#requestTimeoutMs + waits, () => {
        const { topic, partition } = call
        reject(
          new LogError(
            'REQUEST_TIMED_OUT',
            `The log did not answer a ${call.operation} in time. It may have had its effect.`,
            {
              retriable: true,
              coordinates: {
                ...(topic === undefined ? {} : { topic }),
                ...(partition === undefined ? {} : { partition }),
              },
            },
          ),
        )
      })
      running.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}
