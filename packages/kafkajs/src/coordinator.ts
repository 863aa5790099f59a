/**
 * The broker that coordinates one group or one transactional id, found when needed and again after it moved.
 *
 * An answer that says "not here" or "not yet" was not executed, so it is always tried again. A lost answer is tried again
 * only where the caller says that executing twice is the same as once.
 */

import { type Clock, LogError } from 'millrace/log'
import { type Api, findCoordinator } from './apis.ts'
import type { Broker, Channel } from './channel.ts'
import { coordinatorMoved, ErrorCode, protocolError } from './errors.ts'
import type { WireCall } from './kafkajs-internals.ts'
import type { Metadata } from './metadata.ts'
import { retrying } from './retry.ts'

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
  call<P, R>(channel: Channel, options: CoordinatorCall<R>, api: Api<P, R>, parameters: P): Promise<R> {
    return this.#call(options, (broker) => channel.call(broker, api, parameters))
  }

  /** The same for a request made by us. */
  raw<R>(channel: Channel, options: CoordinatorCall<R>, request: WireCall<R>): Promise<R> {
    return this.#call(options, (broker) => channel.raw(broker, request))
  }

  #call<R>(options: CoordinatorCall<R>, ask: (broker: Broker) => Promise<R>): Promise<R> {
    return retrying(this.#clock, options.withinMs ?? 60_000, async () => {
      const broker = await this.find()
      let answer: R
      try {
        answer = await ask(broker)
      } catch (error) {
        this.forget()
        if (options.retryLost === false && error instanceof LogError && error.code === 'CONNECTION_LOST') {
          throw new LogError(error.code, error.message, { retriable: false })
        }
        throw error
      }
      const code = options.errorOf(answer)
      if (coordinatorMoved(code)) this.forget()
      if (coordinatorMoved(code) || options.retryCodes?.includes(code)) {
        throw new LogError(protocolError(code, options.doing).code, protocolError(code, options.doing).message, {
          retriable: true,
        })
      }
      return answer
    })
  }

  async find(): Promise<Broker> {
    if (this.#broker !== undefined) return this.#broker
    const answer = await this.#metadata.anyBroker(findCoordinator, {
      groupId: this.#key,
      coordinatorType: KEY_TYPES[this.#kind],
    })
    if (answer.errorCode !== ErrorCode.none) {
      throw protocolError(answer.errorCode, `find the coordinator of ${this.#kind} ${this.#key}`)
    }
    const { host, port } = answer.coordinator
    this.#broker = this.#metadata.reachable({ host, port })
    return this.#broker
  }
}
