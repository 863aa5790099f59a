/**
 * What an app and its worker threads say to each other: plain data, copied on the way.
 */

import type { StreamsOptions } from '../config/streams-config.ts'
import type { LogRecipe } from '../log/log.ts'
import type { RecordCoordinates } from '../record/errors.ts'
import type { AppState } from './app-state.ts'
import type { MetricsSnapshot } from './metrics.ts'
import type { RestoreProgress, StandbyUpdate, StoreLag } from './restore-progress.ts'
import type { TaskMetadata } from './stream-thread.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a thread is started with. */
export interface ThreadData {
  /** URL of the topology's module. */
  readonly topology: string
  readonly log: LogRecipe
  /** Of the process that all its threads die with. */
  readonly hostProcessId: string
  readonly options: StreamsOptions
  readonly paused: boolean
}

export type ThreadMessage =
  | { readonly type: 'started' }
  | { readonly type: 'state'; readonly state: AppState }
  | {
      readonly type: 'report'
      readonly metrics: MetricsSnapshot
      readonly activeTasks: readonly TaskMetadata[]
      readonly restoringTasks: readonly string[]
      readonly standbyTasks: readonly string[]
      readonly lags: readonly StoreLag[]
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly details: object; readonly text: string }
  | { readonly type: 'restore'; readonly progress: RestoreProgress }
  | { readonly type: 'standby'; readonly update: StandbyUpdate }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly text: string
      readonly coordinates: RecordCoordinates | undefined
    }

export type ThreadCommand =
  | { readonly type: 'close'; readonly timeoutMs: number; readonly leaveGroup: boolean | undefined }
  | { readonly type: 'pause'; readonly paused: boolean }
