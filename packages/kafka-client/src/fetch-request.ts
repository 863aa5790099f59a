/**
 * Fetch: the one request whose answer is large. Its record sections stay bytes of the answer, so the adapter makes the request
 * and takes the answer apart itself, and may put answers together in buffers that it uses again.
 */

import type { AbortedTransaction } from 'millrace/log'
import type { Request } from './channel.ts'

export type FetchRequest = (targets: readonly FetchTarget[], limits: FetchLimits) => Request<FetchAnswer>

export interface FetchTarget {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** -1: not known. */
  readonly leaderEpoch: number
}

export interface FetchLimits {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
  readonly readCommitted: boolean
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
  /** What the records lie in, where it is used again; held as long as any of its parts is. */
  readonly buffer?: SharedBuffer | undefined
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** Record batches, the last one possibly cut off. */
  readonly records: Buffer
}

export interface SharedBuffer {
  hold(): void
  /** Once for each `hold`. */
  release(): void
}
