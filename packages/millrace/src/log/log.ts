/**
 * The port to a log: what Millrace needs of Kafka, and no more. Adapters: the embedded log here, `@millrace/kafka`,
 * `@millrace/kafkajs`. The contract suite (`contract/`) says what each call must do; what an adapter cannot do is in its
 * `capabilities`, never a silent skip.
 *
 * Every promise settles or the adapter was closed; errors are `LogError`s. Only these calls wait: tasks never see them.
 */

import type { Clock } from '../record/clock.ts'
import type { ColumnBatch } from '../record/column-batch.ts'
import type { LogAdmin } from './admin.ts'
import type { Fetcher, FetcherOptions } from './fetcher.ts'
import type { GroupMember, GroupMemberOptions } from './group.ts'
import type { Producer, ProducerOptions } from './producer.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface LogCapabilities {
  /** `v2`: offsets with group metadata in the producer's transaction; `v1`: fencing by transactional id only. */
  readonly transactions: 'none' | 'v1' | 'v2'
  /** Cooperative rebalancing: a member keeps what it owns while a rebalance runs. */
  readonly cooperative: boolean
  readonly staticMembership: boolean
  /** `committed()` can wait for offsets of open transactions. */
  readonly requireStable: boolean
  /** The leader's assignment bytes reach each member unchanged. */
  readonly assignmentBytes: boolean
  readonly deleteRecords: boolean
  /** What was written outlives the process. Where it does not, persistent stores are not kept on disk by default. */
  readonly durable: boolean
}

/** How another thread makes the same log: `(await import(module))[export](options)`. */
export interface LogRecipe {
  /** URL of a module. */
  readonly module: string
  readonly export: string
  /** Plain data. */
  readonly options: unknown
}

export interface Log {
  /** Shown in errors, e.g. `embedded` or `kafka`. */
  readonly name: string
  readonly capabilities: LogCapabilities
  readonly admin: LogAdmin
  /** The clock this log lives by; an app on it uses the same. */
  readonly clock: Clock
  /** Undefined: the log lives in this thread only. */
  readonly recipe?: LogRecipe | undefined
  fetcher(options?: FetcherOptions): Fetcher
  producer(options?: ProducerOptions): Producer
  member(options: GroupMemberOptions): GroupMember
  close(): Promise<void>
}

export type { ColumnBatch }
