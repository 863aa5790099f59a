/**
 * Writing to the embedded log: idempotent always, in transactions with a transactional id.
 *
 * Batches of one partition go one after the other; a call that failed on the way is retried with the same sequence until
 * the delivery time-out. Without an interceptor a send is done when it returns. Batches are kept uncompressed whatever
 * `compression` says.
 */

import { LogError } from '../../record/errors.ts'
import type { GroupMetadata, OffsetToCommit } from '../group.ts'
import { isOutdatedGeneration } from '../outdated-generation.ts'
import type { OutgoingBatch, Producer, ProducerOptions, SendResult } from '../producer.ts'
import type { Broker } from './broker.ts'
import type { PortCalls } from './port-call.ts'
import { nextSequence } from './producer-sequences.ts'
import type { ProducerSession } from './transaction-coordinator.ts'

interface Lane {
  sequence: number
  /** Settles, never rejects, with the newest send. */
  tail: Promise<unknown> | undefined
}

const RETRY_BACKOFF_MS = 50

export class EmbeddedProducer implements Producer {
  readonly #broker: Broker
  readonly #calls: PortCalls
  readonly #transactionalId: string | undefined
  readonly #transactionTimeoutMs: number
  readonly #deliveryTimeoutMs: number
  #lanes: Map<string, Lane> = new Map()
  #session: ProducerSession | undefined
  #inTransaction = false
  #touched = false
  /** Why the transaction can only be aborted, or the producer only initialised again. */
  #failure: Error | undefined
  /** Offsets were refused under a generation that is over, and not sent again since. */
  #outdated: LogError | undefined
  #unknown: LogError | undefined
  #fenced: LogError | undefined

  constructor(broker: Broker, calls: PortCalls, options: ProducerOptions) {
    this.#broker = broker
    this.#calls = calls
    this.#transactionalId = options.transactionalId
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? 10_000
    this.#deliveryTimeoutMs = options.deliveryTimeoutMs ?? 120_000
  }

  async init(): Promise<void> {
    if (this.#fenced !== undefined) throw this.#fenced
    const transactionalId = this.#transactionalId
    this.#session = await this.#retrying({ operation: 'initProducer', transactionalId }, () =>
      this.#broker.transactions.init(transactionalId, this.#transactionTimeoutMs),
    )
    this.#lanes = new Map()
    this.#inTransaction = false
    this.#touched = false
    this.#failure = undefined
    this.#outdated = undefined
    this.#unknown = undefined
  }

  begin(): void {
    this.#ready()
    if (this.#transactionalId === undefined) throw invalidState('begin a transaction: it has no transactional id')
    if (this.#inTransaction) throw invalidState('begin a transaction: one is open')
    this.#inTransaction = true
    this.#touched = false
  }

  send(batch: OutgoingBatch): Promise<SendResult> {
    try {
      const session = this.#ready()
      if (this.#transactionalId !== undefined && !this.#inTransaction)
        throw invalidState('send: begin a transaction first')
      const key = `${batch.topic}-${batch.partition}`
      let lane = this.#lanes.get(key)
      if (lane === undefined) {
        lane = { sequence: 0, tail: undefined }
        this.#lanes.set(key, lane)
      }
      this.#touched = true
      if (!this.#calls.intercepted) {
        const sent = this.#produce(batch, session, lane)
        const settled = this.#calls.settled()
        return settled === undefined ? Promise.resolve(sent) : settled.then(() => sent)
      }
      const taken = lane
      const sent = (taken.tail ?? Promise.resolve()).then(() => this.#deliver(batch, session, taken))
      taken.tail = sent.catch(() => undefined)
      return sent
    } catch (error) {
      this.#failed(error)
      return Promise.reject(error)
    }
  }

  #produce(batch: OutgoingBatch, session: ProducerSession, lane: Lane): SendResult {
    const { topic, partition, records } = batch
    const baseOffset = this.#broker.produce(batch, records, session, lane.sequence, this.#transactionalId)
    lane.sequence = nextSequence(lane.sequence, records.count)
    return { topic, partition, baseOffset }
  }

  /** Sends until it is answered: the sequence moves with the answer, so a retry is the same batch to the log. */
  async #deliver(batch: OutgoingBatch, session: ProducerSession, lane: Lane): Promise<SendResult> {
    const { topic, partition, records } = batch
    try {
      if (this.#unknown !== undefined) throw this.#unknown
      const { sequence } = lane
      const baseOffset = await this.#retrying(
        { operation: 'produce', topic, partition, transactionalId: this.#transactionalId },
        () => this.#broker.produce(batch, records, session, sequence, this.#transactionalId),
      )
      lane.sequence = nextSequence(sequence, records.count)
      return { topic, partition, baseOffset }
    } catch (error) {
      if (error instanceof LogError && error.code === 'DELIVERY_TIMEOUT') this.#unknown = error
      this.#failed(error)
      throw error
    }
  }

  async sendOffsets(group: GroupMetadata, offsets: readonly OffsetToCommit[]): Promise<void> {
    const session = this.#ready()
    const transactionalId = this.#transactionalId
    if (transactionalId === undefined || !this.#inTransaction)
      throw invalidState('add offsets: begin a transaction first')
    this.#touched = true
    try {
      await this.#retrying({ operation: 'addOffsets', transactionalId, groupId: group.groupId }, () =>
        this.#broker.addOffsets(transactionalId, session, group, offsets),
      )
      this.#outdated = undefined
    } catch (error) {
      // Nothing was taken: the same offsets may be sent again under the generation that follows.
      if (isOutdatedGeneration(error)) this.#outdated = error
      else this.#failed(error)
      throw error
    }
  }

  async commit(): Promise<void> {
    const cause = this.#failure ?? this.#outdated
    if (cause !== undefined && this.#fenced === undefined && this.#unknown === undefined) {
      throw new LogError('TRANSACTION_ABORTABLE', 'A send of this transaction failed; it can only be aborted.', {
        cause,
      })
    }
    await this.#end(true)
  }

  async abort(): Promise<void> {
    await this.#end(false)
    this.#failure = undefined
    this.#outdated = undefined
  }

  async #end(commit: boolean): Promise<void> {
    const session = this.#ready()
    const transactionalId = this.#transactionalId
    if (transactionalId === undefined || !this.#inTransaction)
      throw invalidState(`${commit ? 'commit' : 'abort'}: no transaction is open`)
    this.#inTransaction = false
    if (!this.#touched) return
    const detail = commit ? 'commit' : 'abort'
    try {
      const refused = !commit && (this.#failure ?? this.#outdated) !== undefined
      const next = await this.#calls.run({ operation: 'endTransaction', transactionalId, detail }, () => {
        const { transactions } = this.#broker
        // A transaction whose every send was refused never began for the log.
        if (refused) return transactions.abandon(transactionalId, session)
        return transactions.end(transactionalId, session, commit)
      })
      if (next.producerEpoch !== session.producerEpoch || next.producerId !== session.producerId)
        this.#lanes = new Map()
      this.#session = next
    } catch (error) {
      this.#failed(error)
      if (!(error instanceof LogError) || !error.retriable) throw error
      this.#unknown = new LogError(
        'TRANSACTION_STATE_UNKNOWN',
        `It is unknown whether the ${detail} of '${transactionalId}' happened. Call init() and resume from the committed offsets.`,
        { cause: error },
      )
      throw this.#unknown
    }
  }

  /** @throws what makes the producer unusable */
  #ready(): ProducerSession {
    if (this.#fenced !== undefined) throw this.#fenced
    if (this.#unknown !== undefined) throw this.#unknown
    if (this.#session === undefined) throw invalidState('be used: await init() first')
    return this.#session
  }

  #failed(error: unknown): void {
    if (!(error instanceof Error)) return
    if (error instanceof LogError && error.fatal) this.#fenced = error
    if (this.#inTransaction) this.#failure = error
  }

  async #retrying<T>(call: Parameters<PortCalls['run']>[0], execute: () => T): Promise<T> {
    if (!this.#calls.intercepted) {
      const result = execute()
      await this.#calls.settled()
      return result
    }
    const { clock } = this.#calls
    const deadline = clock.monotonic() + this.#deliveryTimeoutMs
    for (;;) {
      try {
        return await this.#calls.run(call, execute)
      } catch (error) {
        if (!(error instanceof LogError) || !error.retriable || error.code === 'REBALANCE_IN_PROGRESS') throw error
        if (clock.monotonic() >= deadline) {
          const { topic, partition } = call
          throw new LogError(
            'DELIVERY_TIMEOUT',
            `A ${call.operation} was not acknowledged in ${this.#deliveryTimeoutMs} ms. Call init().`,
            {
              cause: error,
              ...(topic === undefined ? {} : { coordinates: { topic, partition } }),
            },
          )
        }
        await clock.sleep(RETRY_BACKOFF_MS)
      }
    }
  }

  async close(): Promise<void> {
    if (this.#inTransaction && this.#touched && this.#fenced === undefined && this.#unknown === undefined) {
      await this.abort().catch(() => undefined)
    }
    this.#session = undefined
  }
}

function invalidState(what: string): LogError {
  return new LogError('INVALID_TXN_STATE', `This producer cannot ${what}.`)
}
