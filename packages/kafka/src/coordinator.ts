/**
 * The broker that coordinates one group or one transactional id, found when needed and again after it moved.
 *
 * An answer that says "not here" or "not yet" was not executed, so it is always tried again. A lost answer is tried again
 * only where the caller says that executing twice is the same as once.
 */

import { type API, findCoordinatorV4 } from '@platformatic/kafka'
import { type Clock, LogError } from 'millrace/log'
import type { Broker, Channel } from './channel.ts'
import { coordinatorMoved, ErrorCode, protocolError } from './errors.ts'
import type { Metadata } from './metadata.ts'
import { retrying } from './retry.ts'

/** "Not yet" passes soon: the markers of the transaction before are being written. As Kafka's own producer. */
const NOT_YET_BACKOFF_MS = 20
const BACKOFF_MS = 100
const KEY_TYPES = { group: 0, transaction: 1 } as const

export interface CoordinatorCall<R> {
  readonly doing: string
  /** The error number of an answer that decides whether to try elsewhere. */
  errorOf(answer: R): number
  /** Default true. */
  readonly retryLost?: boolean
  /** Further error numbers that mean "not yet". */
  readonly retryCodes?: readonly number[]
  /** Default 60,000. */
  readonly withinMs?: number
}

export class Coordinator {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #kind: keyof typeof KEY_TYPES
  readonly #key: string
  #broker: Broker | undefined

  constructor(metadata: Metadata, clock: Clock, kind: keyof typeof KEY_TYPES, key: string) {
    this.#metadata = metadata
    this.#clock = clock
    this.#kind = kind
    this.#key = key
  }

  /** The next call looks it up again. */
  forget(): void {
    this.#broker = undefined
  }

  /** @throws LogError of the connection, or the error number where it stays after the time to try; else the answer, error codes in it. */
  async call<A extends unknown[], R>(
    channel: Channel,
    options: CoordinatorCall<R>,
    api: API<A, R>,
    ...parameters: A
  ): Promise<R> {
    let notYet = false
    const attempt = async (): Promise<R> => {
      notYet = false
      const broker = await this.find()
      let answer: R
      try {
        answer = await channel.call(broker, api, ...parameters)
      } catch (error) {
        this.forget()
        if (options.retryLost === false && error instanceof LogError && error.code === 'CONNECTION_LOST') {
          throw new LogError(error.code, error.message, { retriable: false })
        }
        throw error
      }
      const code = options.errorOf(answer)
      if (coordinatorMoved(code)) this.forget()
      notYet = options.retryCodes?.includes(code) ?? false
      if (coordinatorMoved(code) || notYet) {
        throw new LogError(protocolError(code, options.doing).code, protocolError(code, options.doing).message, {
          retriable: true,
        })
      }
      return answer
    }
    return retrying(this.#clock, options.withinMs ?? 60_000, attempt, () => (notYet ? NOT_YET_BACKOFF_MS : BACKOFF_MS))
  }

  async find(): Promise<Broker> {
    if (this.#broker !== undefined) return this.#broker
    const answer = await this.#metadata.anyBroker(findCoordinatorV4.api, KEY_TYPES[this.#kind], [this.#key])
    const found = answer.coordinators[0]
    if (found.errorCode !== ErrorCode.none) {
      throw protocolError(found.errorCode, `find the coordinator of ${this.#kind} ${this.#key}`)
    }
    this.#broker = this.#metadata.reachable({ host: found.host, port: found.port })
    return this.#broker
  }
}
