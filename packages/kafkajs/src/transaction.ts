/**
 * The coordinator's side of a producer's transactions: producer ids, partitions and offsets that take part, the end.
 *
 * Exactly once v1: TxnOffsetCommit names the group only (kafkajs stops at version 1), so what fences a zombie is its
 * transactional id: one a task. After a lost answer to the end of a transaction nobody here guesses: `TRANSACTION_STATE_UNKNOWN`, and only `initProducerId` leads on (law 9).
 */

import { type Clock, type GroupMetadata, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import {
  type AddPartitionsAnswer,
  type Api,
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
} from './apis.ts'
import { byTopic } from './by-topic.ts'
import type { Channel } from './channel.ts'
import { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'
import { type PartitionCodes, txnOffsetCommitRequest } from './flexible-requests.ts'
import type { Metadata } from './metadata.ts'

export interface ProducerIdentity {
  /** A 64-bit number as kafkajs has it. */
  readonly id: string
  readonly epoch: number
}

/** "Not yet": an earlier transaction of this id is still being completed, or a topic is not yet known there. */
const NOT_YET = [ErrorCode.concurrentTransactions, ErrorCode.unknownTopicOrPartition]
const REQUEST_TIMED_OUT = 7

export class TransactionCoordinator {
  readonly #transactionalId: string
  readonly #timeoutMs: number
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #channel: Channel
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()

  constructor(transactionalId: string, timeoutMs: number, metadata: Metadata, clock: Clock, channel: Channel) {
    this.#transactionalId = transactionalId
    this.#timeoutMs = timeoutMs
    this.#metadata = metadata
    this.#clock = clock
    this.#channel = channel
    this.#coordinator = new Coordinator(metadata, clock, 'transaction', transactionalId)
  }

  /** Fences older producers of this transactional id and ends what they left open. */
  async initProducerId(): Promise<ProducerIdentity> {
    const doing = 'initialise transactional id'
    const answer = await this.#coordinator.call(
      this.#channel,
      this.#call<Answer<typeof initProducerId>>(doing, codeOf),
      initProducerId,
      {
        transactionalId: this.#transactionalId,
        transactionTimeout: this.#timeoutMs,
      },
    )
    this.#check(answer.errorCode, doing)
    return { id: answer.producerId, epoch: answer.producerEpoch }
  }

  async addPartitions(identity: ProducerIdentity, partitions: readonly TopicPartition[]): Promise<void> {
    const doing = 'add partitions to the transaction of'
    const answer = await this.#coordinator.call(this.#channel, this.#call(doing, firstError), addPartitionsToTxn, {
      ...this.#names(identity),
      topics: byTopic(partitions, ({ partition }) => partition),
    })
    this.#check(firstError(answer), doing)
  }

  /** The group joins the transaction, then its offsets are written at the group's coordinator, pending until the end. */
  async commitOffsets(
    identity: ProducerIdentity,
    group: GroupMetadata,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const { groupId } = group
    const adding = 'add a group to the transaction of'
    const added = await this.#coordinator.call(this.#channel, this.#call(adding, codeOf), addOffsetsToTxn, {
      ...this.#names(identity),
      groupId,
    })
    this.#check(added.errorCode, adding)
    const doing = `commit offsets of group ${groupId} in the transaction of`
    const answer = await this.#groupCoordinator(groupId).raw(
      this.#channel,
      this.#call<PartitionCodes>(doing, ([first]) => first?.errorCode ?? 0),
      txnOffsetCommitRequest(this.#names(identity), group, offsets),
    )
    for (const { topic, partition, errorCode } of answer) this.#check(errorCode, doing, { topic, partition })
  }

  /** @throws LogError `TRANSACTION_STATE_UNKNOWN` if the answer was lost, `PRODUCER_FENCED`, or what the coordinator says. */
  async end(identity: ProducerIdentity, commit: boolean): Promise<void> {
    const doing = `${commit ? 'commit' : 'abort'} the transaction of`
    let code: number
    try {
      const call = { ...this.#call(doing, codeOf), retryLost: false }
      const parameters = { ...this.#names(identity), transactionResult: commit }
      code = (await this.#coordinator.call(this.#channel, call, endTxn, parameters)).errorCode
    } catch (error) {
      throw this.#unknownEnd(doing, error)
    }
    if (code === REQUEST_TIMED_OUT) throw this.#unknownEnd(doing, undefined)
    this.#check(code, doing)
  }

  #names({ id, epoch }: ProducerIdentity): { transactionalId: string; producerId: string; producerEpoch: number } {
    return { transactionalId: this.#transactionalId, producerId: id, producerEpoch: epoch }
  }

  #unknownEnd(doing: string, error: unknown): LogError {
    const why = error instanceof Error ? error.message : 'the coordinator timed out'
    return new LogError(
      'TRANSACTION_STATE_UNKNOWN',
      `${doing} ${this.#transactionalId}: no answer (${why}), so it may or may not have happened. ` +
        'Call init() and go on from the committed offsets.',
    )
  }

  #groupCoordinator(groupId: string): Coordinator {
    let coordinator = this.#groups.get(groupId)
    if (coordinator === undefined) {
      coordinator = new Coordinator(this.#metadata, this.#clock, 'group', groupId)
      this.#groups.set(groupId, coordinator)
    }
    return coordinator
  }

  #call<R>(
    doing: string,
    errorOf: (answer: R) => number,
  ): { doing: string; errorOf(answer: R): number; retryCodes: number[] } {
    return { doing: `${doing} ${this.#transactionalId}`, errorOf, retryCodes: NOT_YET }
  }

  #check(code: number, doing: string, coordinates?: TopicPartition): void {
    if (code !== ErrorCode.none) throw protocolError(code, `${doing} ${this.#transactionalId}`, coordinates)
  }
}

type Answer<A> = A extends Api<infer _P, infer R> ? R : never

const codeOf = ({ errorCode }: { readonly errorCode: number }): number => errorCode

/** OPERATION_NOT_ATTEMPTED (55) only says that another partition had the error. */
function firstError({ errors }: AddPartitionsAnswer): number {
  const codes = errors.flatMap(({ partitionErrors }) => partitionErrors.map(({ errorCode }) => errorCode))
  return (
    codes.find((code) => code !== ErrorCode.none && code !== 55) ?? codes.find((code) => code !== ErrorCode.none) ?? 0
  )
}
