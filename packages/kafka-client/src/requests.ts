/**
 * The requests that are made of brokers, one method an API, in terms of no library and of no version of the protocol. An
 * adapter leaves out what its versions cannot carry, and says below what its answers then lack.
 *
 * Fetch and produce are not among them: their bytes are the adapter's (see `fetch-request.ts`, `sender.ts`).
 */

import type { TopicPartition } from 'millrace/log'
import type { ClusterRequests } from './cluster-requests.ts'
import type { GroupRequests } from './group-requests.ts'
import type { TransactionRequests } from './transaction-requests.ts'

export interface Requests extends ClusterRequests, GroupRequests, TransactionRequests {}

/** 0: no error. */
export interface Coded {
  readonly errorCode: number
}

export interface PartitionCode extends TopicPartition, Coded {}
