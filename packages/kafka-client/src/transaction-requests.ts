/** Requests of a producer about its id and its transactions. See `requests.ts`. */

import type { GroupMetadata, OffsetToCommit, TopicPartition } from 'millrace/log'
import type { Request } from './channel.ts'
import type { Coded, PartitionCode } from './requests.ts'

export interface TransactionRequests {
  initProducerId(of: {
    /** Without: an idempotent producer. */
    transactionalId: string | null
    transactionTimeoutMs: number
  }): Request<Coded & ProducerIdentity>
  addPartitionsToTxn(of: OfTransaction & { partitions: readonly TopicPartition[] }): Request<readonly PartitionCode[]>
  addOffsetsToTxn(of: OfTransaction & { groupId: string }): Request<Coded>
  txnOffsetCommit(
    of: OfTransaction & { group: GroupMetadata; offsets: readonly OffsetToCommit[] },
  ): Request<readonly PartitionCode[]>
  endTxn(of: OfTransaction & { commit: boolean }): Request<Coded>
}

export interface ProducerIdentity {
  /** 64 bits: more than a number holds. */
  readonly id: bigint
  readonly epoch: number
}

export interface OfTransaction {
  readonly transactionalId: string
  readonly producer: ProducerIdentity
}
