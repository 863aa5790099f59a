/**
 * What an app and its worker threads say to each other: plain data, copied on the way.
 */

import type { StreamsOptions } from '../config/streams-config.ts'
import type { LogRecipe } from '../log/log.ts'
import type { AppState } from './app-state.ts'
import type { MetricsSnapshot } from './metrics.ts'

/** What a thread is started with. */
export interface ThreadData {
  /** URL of the topology's module. */
  readonly topology: string
  readonly log: LogRecipe
  readonly options: StreamsOptions
}

export type ThreadMessage =
  | { readonly type: 'started' }
  | { readonly type: 'state'; readonly state: AppState }
  | { readonly type: 'metrics'; readonly metrics: MetricsSnapshot }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

export interface CloseThread {
  readonly type: 'close'
  readonly timeoutMs: number
}
