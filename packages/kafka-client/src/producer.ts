/**
 * The producer as the log port wants it: its life (producer id, transactions) here, the sending of batches in the adapter.
 *
 * States of a transactional producer: a send or offsets only inside `begin` … `commit`/`abort`; a failure inside makes the
 * transaction one that can only be aborted; fencing ends the producer; an unknown end leads back to `init`.
 */

import {
  type GroupMetadata,
  isOutdatedGeneration,
  LogError,
  type OffsetToCommit,
  type OutgoingBatch,
  type Producer,
  type ProducerOptions,
  type SendResult,
  type TopicPartition,
} from 'millrace/log'
import type { Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import { closedError, ErrorCode } from './errors.ts'
import { retrying } from './retry.ts'
import type { Sender } from './sender.ts'
import { TransactionCoordinator } from './transaction.ts'
import type { ProducerIdentity } from './transaction-requests.ts'

const REQUEST_TIMEOUT_MS = 30_000
const INIT_WITHIN_MS = 60_000

type State = 'new' | 'ready' | 'open' | 'failed' | 'unknown' | 'fenced' | 'closed'

export class KafkaProducer implements Producer {
  readonly #cluster: Cluster
  readonly #transactions: TransactionCoordinator | undefined
  readonly #controlChannel: Channel
  readonly #sender: Sender
  #identity: ProducerIdentity | undefined
  #state: State = 'new'
  #fencing: LogError | undefined
  /** Whether the open transaction has anything the coordinator knows of. */
  #used = false
  /** Its offsets were refused under a generation that is over, and not sent again since. */
  #outdated = false

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#controlChannel = cluster.client.openChannel(REQUEST_TIMEOUT_MS)
    const { transactionalId, transactionTimeoutMs = 10_000 } = options
    if (transactionalId !== undefined) {
      this.#transactions = new TransactionCoordinator(
        cluster,
        this.#controlChannel,
        transactionalId,
        transactionTimeoutMs,
      )
    }
    this.#sender = cluster.client.openSender(cluster, {
      transactionalId,
      compression: options.compression ?? 'none',
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 120_000,
      addPartitions: (partitions) => this.#addPartitions(partitions),
    })
  }

  async init(): Promise<void> {
    if (this.#state === 'closed') throw closedError('the producer')
    if (this.#fencing !== undefined) throw this.#fencing
    await this.#sender.drop(new LogError('PRODUCER_RESET', 'init() was called while the batch was on its way'))
    this.#identity =
      this.#transactions === undefined
        ? await this.#plainIdentity()
        : await this.#guarded(this.#transactions.initProducerId())
    this.#sender.start(this.#identity)
    this.#state = 'ready'
  }

  begin(): void {
    this.#needTransactional('begin()')
    if (this.#state !== 'ready')
      throw this.#misuse('begin()', 'needs an initialised producer without an open transaction')
    this.#sender.beginTransaction()
    this.#used = false
    this.#outdated = false
    this.#state = 'open'
  }

  async send(batch: OutgoingBatch): Promise<SendResult> {
    const needed: State = this.#transactions === undefined ? 'ready' : 'open'
    if (this.#state !== needed) {
      throw this.#misuse(
        'send()',
        this.#transactions === undefined ? 'needs init() first' : 'needs an open transaction: call begin()',
      )
    }
    return this.#guarded(this.#sender.send(batch))
  }

  async sendOffsets(group: GroupMetadata, offsets: readonly OffsetToCommit[]): Promise<void> {
    const transactions = this.#needTransactional('sendOffsets()')
    if (this.#state !== 'open') throw this.#misuse('sendOffsets()', 'needs an open transaction: call begin()')
    if (offsets.length === 0) return
    this.#used = true
    try {
      await this.#guarded(transactions.commitOffsets(this.#identity as ProducerIdentity, group, offsets))
      this.#outdated = false
    } catch (error) {
      this.#outdated = isOutdatedGeneration(error)
      throw error
    }
  }

  async commit(): Promise<void> {
    if (this.#state === 'failed')
      throw this.#misuse('commit()', 'cannot be: a send of this transaction failed; call abort()')
    if (this.#outdated)
      throw this.#misuse(
        'commit()',
        'cannot be: its offsets were refused; send them in a generation that still has their partitions, or call abort()',
      )
    await this.#end(true)
  }

  async abort(): Promise<void> {
    await this.#end(false)
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#sender.close()
    await this.#controlChannel.close()
  }

  async #end(commit: boolean): Promise<void> {
    const transactions = this.#needTransactional(commit ? 'commit()' : 'abort()')
    if (this.#state !== 'open' && this.#state !== 'failed') {
      throw this.#misuse(commit ? 'commit()' : 'abort()', 'needs an open transaction')
    }
    if (commit && this.#sender.size > 0) throw this.#misuse('commit()', 'needs all sends to have settled')
    if (!commit)
      await this.#sender.drop(new LogError('TRANSACTION_ABORTED', 'abort() was called while the batch was on its way'))
    if (this.#used) {
      try {
        await this.#guarded(transactions.end(this.#identity as ProducerIdentity, commit))
      } catch (error) {
        if (this.#fencing === undefined) {
          this.#state = error instanceof LogError && error.code === 'TRANSACTION_STATE_UNKNOWN' ? 'unknown' : 'failed'
        }
        throw error
      }
    }
    if (this.#sender.lostTrack) await this.#renew(transactions)
    this.#state = 'ready'
  }

  /** A batch of the aborted transaction may or may not have been written: its sequences lead nowhere. */
  async #renew(transactions: TransactionCoordinator): Promise<void> {
    this.#identity = await this.#guarded(transactions.initProducerId())
    this.#sender.start(this.#identity)
  }

  async #addPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#transactions === undefined) return
    this.#used = true
    await this.#transactions.addPartitions(this.#identity as ProducerIdentity, partitions)
  }

  #plainIdentity(): Promise<ProducerIdentity> {
    const { client, metadata, clock } = this.#cluster
    const request = client.requests.initProducerId({ transactionalId: null, transactionTimeoutMs: 0x7fffffff })
    return retrying(clock, INIT_WITHIN_MS, async () => {
      const { errorCode, id, epoch } = await metadata.anyBroker(request)
      if (errorCode !== ErrorCode.none) throw client.protocolError(errorCode, 'get a producer id')
      return { id, epoch }
    })
  }

  /**
   * Fencing is for ever; any other failure inside a transaction leaves only `abort`, but for offsets of a generation that is
   * over: the group's coordinator took none of them, and takes them under the new one.
   */
  async #guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (error instanceof LogError && error.code === 'PRODUCER_FENCED' && this.#transactions !== undefined) {
        this.#fencing = error
        this.#state = 'fenced'
      } else if (this.#state === 'open' && !isOutdatedGeneration(error)) this.#state = 'failed'
      throw error
    }
  }

  #needTransactional(call: string): TransactionCoordinator {
    if (this.#transactions === undefined) throw this.#misuse(call, 'needs a producer with a transactionalId')
    return this.#transactions
  }

  #misuse(call: string, what: string): LogError {
    if (this.#fencing !== undefined) return this.#fencing
    if (this.#state === 'closed') return closedError('the producer')
    return new LogError('INVALID_PRODUCER_STATE', `${call} ${what} (the producer is ${this.#state})`)
  }
}
