/**
 * A stream thread, in Kafka Streams' term: one worker with its own place in the group, wherever it runs. On this event loop it
 * is a `Worker`, else a worker thread with an app of its own; the app that holds them sees no difference.
 */

import type { TopicPartition } from '../log/log.ts'
import type { StateStore } from '../state/state-store.ts'
import type { MetricsSnapshot } from './metrics.ts'
import type { StoreLag } from './restore-progress.ts'

/** Kafka Streams' states of a thread; `partitions-assigned`: in a rebalance, or its tasks are being restored. */
export type StreamThreadState = 'created' | 'starting' | 'partitions-assigned' | 'running' | 'pending-shutdown' | 'dead'

export interface TaskMetadata {
  /** `<subtopology>_<partition>`. */
  readonly taskId: string
  readonly topicPartitions: readonly TopicPartition[]
}

/** What runs where: for whoever is on call (Kafka Streams' `metadataForLocalThreads`). Plain data. */
export interface ThreadMetadata {
  readonly threadName: string
  readonly threadState: StreamThreadState
  readonly runsOn: 'event-loop' | 'worker-thread'
  readonly activeTasks: readonly TaskMetadata[]
  /** Tasks whose stores are still being brought up to date, ids. */
  readonly restoringTasks: readonly string[]
  /** Tasks that are kept warm, ids. */
  readonly standbyTasks: readonly string[]
}

export interface StopOptions {
  /** Leave the group at once. Default: a dynamic member leaves, a static one (`instanceId`) keeps its place. */
  readonly leaveGroup?: boolean | undefined
  /** Budget, ms. */
  readonly timeoutMs: number
}

export interface StreamThread {
  readonly name: string
  readonly state: StreamThreadState
  /** Resolves when it takes part; rejects with what prevented it. Called once. */
  start(): Promise<void>
  /** Resolves when it has ended because it was told to, rejects with what made it fail. */
  readonly ended: Promise<void>
  /** Commits, gives its tasks back and ends: see `ended`. */
  stop(options: StopOptions): void
  setPaused(paused: boolean): void
  metadata(): ThreadMetadata
  /** What it counts by itself; undefined where it counts into its app's metrics. */
  metrics(): MetricsSnapshot | undefined
  lags(): readonly StoreLag[]
  /** State stores of this name in tasks that run here. */
  stores(name: string): StateStore[]
}

/** What a thread tells whoever holds it. */
export interface StreamThreadEvents {
  onState(): void
}
