/**
 * Producer ids, epochs and transactions: who may write under a transactional id, what an open transaction has touched,
 * and how it ends.
 *
 * A newer producer of an id fences the older one by a higher epoch and aborts what it left open; so does the clock after
 * the transaction's time-out. Ending writes a marker into each partition and decides the pending offsets of each group.
 * Every end raises the epoch (KIP-890), so that a call of the ended transaction that arrives late cannot land in the next.
 */

import type { Clock, Timer } from '../../record/clock.ts'
import { LogError } from '../../record/errors.ts'
import type { GroupOffsets } from './group-offsets.ts'
import type { Journal } from './journal.ts'
import type { PartitionLog } from './partition-log.ts'

export interface ProducerSession {
  readonly producerId: number
  readonly producerEpoch: number
}

interface Transaction {
  readonly id: string
  producerId: number
  epoch: number
  timeoutMs: number
  state: 'empty' | 'ongoing' | 'committed' | 'aborted'
  readonly partitions: Set<PartitionLog>
  readonly groups: Set<GroupOffsets>
  timer: Timer | undefined
  /** The session whose transaction its own producer ended last. */
  ended?: ProducerSession | undefined
}

/** What is kept of a transaction. Offsets it holds are not: one that is open when the process ends is aborted. */
interface TransactionFact {
  readonly id: string
  readonly producerId: number
  readonly epoch: number
  readonly timeoutMs: number
  readonly state: Transaction['state']
  readonly partitions: readonly (readonly [topic: string, partition: number, firstOffset: number])[]
}

const FACTS = 'transaction/'
const PRODUCER_ID_FACT = 'producer-id'

const LAST_EPOCH = 0x7ffe

export class TransactionCoordinator {
  readonly #clock: Clock
  readonly #transactions: Map<string, Transaction> = new Map()
  #nextProducerId = 0

  readonly #journal: Journal

  constructor(clock: Clock, journal: Journal) {
    this.#clock = clock
    this.#journal = journal
    for (const [, fact] of journal.entries(PRODUCER_ID_FACT)) {
      this.#nextProducerId = (fact as { readonly next: number }).next
    }
  }

  /**
   * Takes over what the journal holds. Producers live in the process of the log, so one that had a transaction open is gone:
   * what is open is aborted.
   */
  recover(partition: (topic: string, partition: number) => PartitionLog | undefined): void {
    for (const [, kept] of this.#journal.entries(FACTS)) {
      const { partitions, ...fact } = kept as TransactionFact
      const transaction: Transaction = { ...fact, partitions: new Set(), groups: new Set(), timer: undefined }
      this.#transactions.set(fact.id, transaction)
      if (fact.state !== 'ongoing') continue
      for (const [topic, number, firstOffset] of partitions) {
        const log = partition(topic, number)
        if (log === undefined) continue
        log.reopen(fact.producerId, firstOffset)
        transaction.partitions.add(log)
      }
      transaction.epoch++
      this.#finish(transaction, false)
    }
  }

  #note({ id, producerId, epoch, timeoutMs, state, partitions }: Transaction): void {
    const open = [...partitions].map(
      (log) => [log.topic, log.partition, log.openSince(producerId) ?? log.logEnd] as const,
    )
    const fact: TransactionFact = { id, producerId, epoch, timeoutMs, state, partitions: open }
    this.#journal.set(`${FACTS}${id}`, fact)
  }

  #newProducerId(): number {
    const producerId = this.#nextProducerId++
    this.#journal.set(PRODUCER_ID_FACT, { next: this.#nextProducerId })
    return producerId
  }

  init(transactionalId: string | undefined, timeoutMs: number): ProducerSession {
    if (transactionalId === undefined) return { producerId: this.#newProducerId(), producerEpoch: 0 }
    let transaction = this.#transactions.get(transactionalId)
    if (transaction === undefined) {
      transaction = {
        id: transactionalId,
        producerId: this.#newProducerId(),
        epoch: -1,
        timeoutMs,
        state: 'empty',
        partitions: new Set(),
        groups: new Set(),
        timer: undefined,
      }
      this.#transactions.set(transactionalId, transaction)
    }
    transaction.epoch++
    if (transaction.state === 'ongoing') this.#finish(transaction, false)
    if (transaction.epoch >= LAST_EPOCH) {
      transaction.producerId = this.#newProducerId()
      transaction.epoch = 0
    }
    transaction.state = 'empty'
    transaction.ended = undefined
    transaction.timeoutMs = timeoutMs
    this.#note(transaction)
    return { producerId: transaction.producerId, producerEpoch: transaction.epoch }
  }

  /** The transaction a producer may write in. @throws LogError `PRODUCER_FENCED` */
  #current(transactionalId: string, session: ProducerSession): Transaction {
    const transaction = this.#transactions.get(transactionalId)
    if (
      transaction === undefined ||
      transaction.producerId !== session.producerId ||
      transaction.epoch !== session.producerEpoch
    ) {
      throw new LogError(
        'PRODUCER_FENCED',
        `Transactional id '${transactionalId}' belongs to a newer producer, or its transaction timed out. Close this producer.`,
        { fatal: true },
      )
    }
    return transaction
  }

  /** @throws LogError `PRODUCER_FENCED` */
  verify(transactionalId: string, session: ProducerSession): void {
    this.#current(transactionalId, session)
  }

  addPartition(transactionalId: string, session: ProducerSession, log: PartitionLog): void {
    const transaction = this.#current(transactionalId, session)
    this.#open(transaction)
    if (transaction.partitions.has(log)) return
    transaction.partitions.add(log)
    this.#note(transaction)
  }

  addGroup(transactionalId: string, session: ProducerSession, offsets: GroupOffsets): void {
    const transaction = this.#current(transactionalId, session)
    this.#open(transaction)
    transaction.groups.add(offsets)
  }

  #open(transaction: Transaction): void {
    if (transaction.state === 'ongoing') return
    transaction.state = 'ongoing'
    transaction.timer = this.#clock.setTimer(transaction.timeoutMs, () => {
      transaction.epoch++
      transaction.ended = undefined
      this.#finish(transaction, false)
    })
  }

  /**
   * Ends a transaction and gives the session for the next; ending it twice the same way is the same.
   * @throws LogError `PRODUCER_FENCED`, `INVALID_TXN_STATE`
   */
  end(transactionalId: string, session: ProducerSession, commit: boolean): ProducerSession {
    const ended = this.#endedBefore(transactionalId, session, commit)
    if (ended !== undefined) return ended
    const transaction = this.#current(transactionalId, session)
    if (transaction.state !== 'ongoing') {
      throw new LogError(
        'INVALID_TXN_STATE',
        `Transaction '${transactionalId}' cannot ${commit ? 'commit' : 'abort'}: it is ${transaction.state}.`,
      )
    }
    return this.#endAndRaise(transaction, commit)
  }

  #endedBefore(
    id: string,
    { producerId, producerEpoch }: ProducerSession,
    commit: boolean,
  ): ProducerSession | undefined {
    const transaction = this.#transactions.get(id)
    if (transaction === undefined || transaction.state !== (commit ? 'committed' : 'aborted')) return undefined
    const { ended } = transaction
    if (ended?.producerId !== producerId || ended.producerEpoch !== producerEpoch) return undefined
    return { producerId: transaction.producerId, producerEpoch: transaction.epoch }
  }

  #endAndRaise(transaction: Transaction, commit: boolean): ProducerSession {
    const ended = { producerId: transaction.producerId, producerEpoch: transaction.epoch }
    transaction.epoch++
    this.#finish(transaction, commit)
    if (transaction.epoch >= LAST_EPOCH) {
      transaction.producerId = this.#newProducerId()
      transaction.epoch = 0
      this.#note(transaction)
    }
    transaction.ended = ended
    return { producerId: transaction.producerId, producerEpoch: transaction.epoch }
  }

  /** Aborts if anything was begun; gives the session for the next transaction. @throws LogError `PRODUCER_FENCED` */
  abandon(transactionalId: string, session: ProducerSession): ProducerSession {
    const transaction = this.#current(transactionalId, session)
    return transaction.state === 'ongoing' ? this.#endAndRaise(transaction, false) : session
  }

  #finish(transaction: Transaction, commit: boolean): void {
    transaction.timer?.cancel()
    transaction.timer = undefined
    transaction.state = commit ? 'committed' : 'aborted'
    const now = this.#clock.now()
    for (const log of transaction.partitions) {
      if (!log.deleted) log.appendMarker(transaction.producerId, transaction.epoch, commit, now)
    }
    for (const offsets of transaction.groups) offsets.decide(transaction.producerId, commit)
    transaction.partitions.clear()
    transaction.groups.clear()
    this.#note(transaction)
  }

  close(): void {
    for (const transaction of this.#transactions.values()) transaction.timer?.cancel()
  }
}
