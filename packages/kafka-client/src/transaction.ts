/**
 * The coordinator's side of a producer's transactions: producer ids, partitions and offsets that take part, the end.
 *
 * Exactly once v2: the group's metadata travels with its offsets in one TxnOffsetCommit. After a lost answer to the end of a
 * transaction nobody here guesses: `TRANSACTION_STATE_UNKNOWN`, and only `initProducerId` leads on (law 9).
 */

import { type GroupMetadata, LogError, type OffsetToCommit, type TopicPartition } from 'millrace/log'
import type { Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator, type CoordinatorCall } from './coordinator.ts'
import { ErrorCode } from './errors.ts'
import type { Coded, PartitionCode, Requests } from './requests.ts'
import type { OfTransaction, ProducerIdentity } from './transaction-requests.ts'

/** "Not yet": an earlier transaction of this id is still being completed, or a topic is not yet known there. */
const NOT_YET = [ErrorCode.concurrentTransactions, ErrorCode.unknownTopicOrPartition]
const REQUEST_TIMED_OUT = 7
const OPERATION_NOT_ATTEMPTED = 55

export class TransactionCoordinator {
  readonly #cluster: Cluster
  readonly #requests: Requests
  readonly #channel: Channel
  readonly #transactionalId: string
  readonly #timeoutMs: number
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()

  constructor(cluster: Cluster, channel: Channel, transactionalId: string, timeoutMs: number) {
    this.#cluster = cluster
    this.#requests = cluster.client.requests
    this.#channel = channel
    this.#transactionalId = transactionalId
    this.#timeoutMs = timeoutMs
    this.#coordinator = new Coordinator(cluster, 'transaction', transactionalId)
  }

  /** Fences older producers of this transactional id and ends what they left open. */
  async initProducerId(): Promise<ProducerIdentity> {
    const doing = 'initialise transactional id'
    const { errorCode, id, epoch } = await this.#coordinator.call(
      this.#channel,
      this.#call<Coded & ProducerIdentity>(doing, codeOf),
      this.#requests.initProducerId({
        transactionalId: this.#transactionalId,
        transactionTimeoutMs: this.#timeoutMs,
      }),
    )
    this.#check(errorCode, doing)
    return { id, epoch }
  }

  async addPartitions(producer: ProducerIdentity, partitions: readonly TopicPartition[]): Promise<void> {
    const doing = 'add partitions to the transaction of'
    const answer = await this.#coordinator.call(
      this.#channel,
      this.#call(doing, firstError),
      this.#requests.addPartitionsToTxn({ ...this.#of(producer), partitions }),
    )
    this.#check(firstError(answer), doing)
  }

  /** The group joins the transaction, then its offsets are written at the group's coordinator, pending until the end. */
  async commitOffsets(
    producer: ProducerIdentity,
    group: GroupMetadata,
    offsets: readonly OffsetToCommit[],
  ): Promise<void> {
    const { groupId } = group
    const adding = 'add a group to the transaction of'
    const added = await this.#coordinator.call(
      this.#channel,
      this.#call(adding, codeOf),
      this.#requests.addOffsetsToTxn({ ...this.#of(producer), groupId }),
    )
    this.#check(added.errorCode, adding)
    const doing = `commit offsets of group ${groupId} in the transaction of`
    const answer = await this.#groupCoordinator(groupId).call(
      this.#channel,
      this.#call<readonly PartitionCode[]>(doing, ([first]) => first?.errorCode ?? ErrorCode.none),
      this.#requests.txnOffsetCommit({ ...this.#of(producer), group, offsets }),
    )
    for (const { topic, partition, errorCode } of answer) this.#check(errorCode, doing, { topic, partition })
  }

  /** @throws LogError `TRANSACTION_STATE_UNKNOWN` if the answer was lost, `PRODUCER_FENCED`, or what the coordinator says. */
  async end(producer: ProducerIdentity, commit: boolean): Promise<void> {
    const doing = `${commit ? 'commit' : 'abort'} the transaction of`
    let code: number
    try {
      const call = { ...this.#call(doing, codeOf), retryLost: false }
      const request = this.#requests.endTxn({ ...this.#of(producer), commit })
      code = (await this.#coordinator.call(this.#channel, call, request)).errorCode
    } catch (error) {
      throw this.#unknownEnd(doing, error)
    }
    if (code === REQUEST_TIMED_OUT) throw this.#unknownEnd(doing, undefined)
    this.#check(code, doing)
  }

  #of(producer: ProducerIdentity): OfTransaction {
    return { transactionalId: this.#transactionalId, producer }
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
      coordinator = new Coordinator(this.#cluster, 'group', groupId)
      this.#groups.set(groupId, coordinator)
    }
    return coordinator
  }

  #call<Answer>(doing: string, errorOf: (answer: Answer) => number): CoordinatorCall<Answer> {
    return { doing: `${doing} ${this.#transactionalId}`, errorOf, retryCodes: NOT_YET }
  }

  #check(code: number, doing: string, coordinates?: TopicPartition): void {
    if (code === ErrorCode.none) return
    throw this.#cluster.client.protocolError(code, `${doing} ${this.#transactionalId}`, coordinates)
  }
}

function codeOf({ errorCode }: Coded): number {
  return errorCode
}

/** Not attempted only says that another partition had the error. */
function firstError(answer: readonly Coded[]): number {
  const failed = answer.map(codeOf).filter((code) => code !== ErrorCode.none)
  return failed.find((code) => code !== OPERATION_NOT_ATTEMPTED) ?? failed[0] ?? ErrorCode.none
}
