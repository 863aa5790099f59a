/**
 * The broker that coordinates one group or one transactional id, found when needed and again after it moved.
 *
 * An answer that says "not here" or "not yet" was not executed, so it is always tried again. A lost answer is tried again
 * only where the caller says that executing twice is the same as once.
 */

import { LogError } from 'millrace/log'
import type { Broker, Channel, Request } from './channel.ts'
import type { Cluster } from './cluster.ts'
import type { CoordinatorKind } from './cluster-requests.ts'
import { coordinatorMoved, ErrorCode } from './errors.ts'
import { retrying } from './retry.ts'

/** "Not yet" passes soon: the markers of the transaction before are being written. As Kafka's own producer. */
const NOT_YET_BACKOFF_MS = 20
const BACKOFF_MS = 100

export interface CoordinatorCall<Answer> {
  readonly doing: string
  /** The error number of an answer that decides whether to try elsewhere. */
  errorOf(answer: Answer): number
  /** Default true. */
  readonly retryLost?: boolean
  /** Further error numbers that mean "not yet". */
  readonly retryCodes?: readonly number[]
  /** Default 60,000. */
  readonly withinMs?: number
}

export class Coordinator {
  readonly #cluster: Cluster
  readonly #kind: CoordinatorKind
  readonly #key: string
  #broker: Broker | undefined

  constructor(cluster: Cluster, kind: CoordinatorKind, key: string) {
    this.#cluster = cluster
    this.#kind = kind
    this.#key = key
  }

  /** The next call looks it up again. */
  forget(): void {
    this.#broker = undefined
  }

  /** @throws LogError of the connection, or the error number where it stays after the time to try; else the answer, error codes in it. */
  call<Answer>(channel: Channel, options: CoordinatorCall<Answer>, request: Request<Answer>): Promise<Answer> {
    const { client, clock } = this.#cluster
    let notYet = false
    const attempt = async (): Promise<Answer> => {
      notYet = false
      const broker = await this.find()
      let answer: Answer
      try {
        answer = await channel.call(broker, request)
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
        const error = client.protocolError(code, options.doing)
        throw new LogError(error.code, error.message, { retriable: true })
      }
      return answer
    }
    return retrying(clock, options.withinMs ?? 60_000, attempt, () => (notYet ? NOT_YET_BACKOFF_MS : BACKOFF_MS))
  }

  async find(): Promise<Broker> {
    if (this.#broker !== undefined) return this.#broker
    const { client, metadata } = this.#cluster
    const request = client.requests.findCoordinator({ kind: this.#kind, key: this.#key })
    const { errorCode, host, port } = await metadata.anyBroker(request)
    if (errorCode !== ErrorCode.none) {
      throw client.protocolError(errorCode, `find the coordinator of ${this.#kind} ${this.#key}`)
    }
    this.#broker = client.mapBroker({ host, port })
    return this.#broker
  }
}
