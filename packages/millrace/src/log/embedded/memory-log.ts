/**
 * The embedded log: a broker in this process, in memory, with everything a pipeline needs of Kafka. Many apps and
 * members share one log object. It lives by the injected clock, and its calls can be disturbed by an interceptor.
 */

import type { Clock } from '../../record/clock.ts'
import type { Log } from '../log.ts'
import type { EmbeddedAdmin } from './embedded-admin.ts'
import { embeddedLog } from './embedded-log.ts'
import { noJournal } from './journal.ts'
import { MemoryStorage } from './memory-storage.ts'
import type { LogInterceptor } from './port-call.ts'

export interface MemoryLogOptions {
  /** Default `systemClock()`. An app on this log takes the same clock. */
  readonly clock?: Clock
  /** Disturbs calls, for simulations. Default: none. */
  readonly interceptor?: LogInterceptor
  /** How long a disturbed call may stay unanswered, ms. Default 30,000. */
  readonly requestTimeoutMs?: number
  /** How often retention and compaction run, while something is produced, ms. Default 300,000, as Kafka's. */
  readonly cleanEveryMs?: number
}

export interface MemoryLog extends Log {
  readonly admin: EmbeddedAdmin
  /** Runs retention and compaction now. */
  clean(): void
  /**
   * Another process' way to the same log, with a clock and disturbances of its own: a simulation stops one without the
   * others. Closing it leaves the log open.
   */
  connect(options?: Pick<MemoryLogOptions, 'clock' | 'interceptor' | 'requestTimeoutMs'>): MemoryLog
}

/** Makes an empty embedded log. */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  return embeddedLog({
    ...options,
    name: 'embedded',
    durable: false,
    storage: () => new MemoryStorage(),
    journal: noJournal,
  })
}
