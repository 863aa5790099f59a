/**
 * The coordinator's side of a producer's transactions: producer ids, partitions and offsets that take part, the end.
 *
 * Exactly once v2: the group's metadata travels with its offsets in one TxnOffsetCommit. After a lost answer to the end of a
 * transaction nobody here guesses: `TRANSACTION_STATE_UNKNOWN`, and only `initProducerId` leads on (law 9).
 */

import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  txnOffsetCommitV3,
} from '@platformatic/kafka'
import { type Clock, type GroupMetadata, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import { byTopic } from './by-topic.ts'
import type { Channel } from './channel.ts'
import { Coordinator } from './coordinator.ts'
import { ErrorCode, protocolError } from './errors.ts'
import type { Metadata } from './metadata.ts'

export interface ProducerIdentity {
  readonly id: bigint
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
    const answer = await this.#coordinator.call(
      this.#channel,
      this.#call<InitAnswer>('initialise transactional id', (response) => response.errorCode),
      initProducerIdV4.api,
      this.#transactionalId,
      this.#timeoutMs,
    )
    this.#check(answer.errorCode, 'initialise transactional id')
    return { id: answer.producerId, epoch: answer.producerEpoch }
  }

  async addPartitions({ id, epoch }: ProducerIdentity, partitions: readonly TopicPartition[]): Promise<void> {
    const doing = 'add partitions to the transaction of'
    const topics = byTopic(partitions, ({ partition }) => partition)
    const answer = await this.#coordinator.call(
      this.#channel,
      this.#call<Awaited<ReturnType<typeof addPartitionsToTxnV3.api.async>>>(doing, (response) => firstError(response)),
      addPartitionsToTxnV3.api,
      [{ transactionalId: this.#transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics }],
    )
    this.#check(firstError(answer), doing)
  }

  /** The group joins the transaction, then its offsets are written at the group's coordinator, pending until the end. */
  async commitOffsets(
    { id, epoch }: ProducerIdentity,
    group: GroupMetadata,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const added = await this.#coordinator.call(
      this.#channel,
      this.#call<{ errorCode: number }>('add a group to the transaction of', (response) => response.errorCode),
      addOffsetsToTxnV3.api,
      this.#transactionalId,
      id,
      epoch,
      group.groupId,
    )
    this.#check(added.errorCode, 'add a group to the transaction of')
    const doing = `commit offsets of group ${group.groupId} in the transaction of`
    const answer = await this.#groupCoordinator(group.groupId).call(
      this.#channel,
      this.#call<Awaited<ReturnType<typeof txnOffsetCommitV3.api.async>>>(
        doing,
        (response) => response.topics[0]?.partitions[0]?.errorCode ?? 0,
      ),
      txnOffsetCommitV3.api,
      this.#transactionalId,
      group.groupId,
      id,
      epoch,
      group.generation,
      group.memberId,
      group.instanceId ?? null,
      byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata,
      })),
    )
    for (const { name: topic, partitions } of answer.topics) {
      for (const { partitionIndex: partition, errorCode } of partitions)
        this.#check(errorCode, doing, { topic, partition })
    }
  }

  /** @throws LogError `TRANSACTION_STATE_UNKNOWN` if the answer was lost, `PRODUCER_FENCED`, or what the coordinator says. */
  async end({ id, epoch }: ProducerIdentity, commit: boolean): Promise<void> {
    const doing = `${commit ? 'commit' : 'abort'} the transaction of`
    let code: number
    try {
      const answer = await this.#coordinator.call(
        this.#channel,
        { ...this.#call<{ errorCode: number }>(doing, (response) => response.errorCode), retryLost: false },
        endTxnV3.api,
        this.#transactionalId,
        id,
        epoch,
        commit,
      )
      code = answer.errorCode
    } catch (error) {
      throw this.#unknownEnd(doing, error)
    }
    if (code === REQUEST_TIMED_OUT) throw this.#unknownEnd(doing, undefined)
    this.#check(code, doing)
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

type InitAnswer = Awaited<ReturnType<typeof initProducerIdV4.api.async>>
type AddPartitionsAnswer = Awaited<ReturnType<typeof addPartitionsToTxnV3.api.async>>

/** OPERATION_NOT_ATTEMPTED (55) only says that another partition had the error. */
function firstError(answer: AddPartitionsAnswer): number {
  const codes = answer.resultsByTransaction.flatMap(({ topicResults }) =>
    topicResults.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
    ),
  )
  return (
    codes.find((code) => code !== ErrorCode.none && code !== 55) ?? codes.find((code) => code !== ErrorCode.none) ?? 0
  )
}
