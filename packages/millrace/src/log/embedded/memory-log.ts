/**
 * The embedded log: a broker in this process, in memory, with everything a pipeline needs of Kafka. Many apps and
 * members share one log object. It lives by the injected clock, and its calls can be disturbed by an interceptor.
 */

import { type Clock, systemClock } from '../../record/clock.ts'
import type { Fetcher, FetcherOptions } from '../fetcher.ts'
import type { GroupMember, GroupMemberOptions } from '../group.ts'
import type { Log, LogCapabilities } from '../log.ts'
import type { Producer, ProducerOptions } from '../producer.ts'
import { Broker } from './broker.ts'
import { EmbeddedAdmin } from './embedded-admin.ts'
import { EmbeddedFetcher } from './embedded-fetcher.ts'
import { EmbeddedMember } from './embedded-member.ts'
import { EmbeddedProducer } from './embedded-producer.ts'
import { MemoryStorage } from './memory-storage.ts'
import { type LogInterceptor, type OpenParts, PortCalls } from './port-call.ts'

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

const CAPABILITIES: LogCapabilities = Object.freeze({
  transactions: 'v2',
  cooperative: true,
  staticMembership: true,
  requireStable: true,
  assignmentBytes: true,
  deleteRecords: true,
})

/** Makes an empty embedded log. */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const clock = options.clock ?? systemClock()
  const broker = new Broker(clock, () => new MemoryStorage(), options.cleanEveryMs ?? 300_000)
  const handle = connection(broker, clock, options)
  return {
    ...handle,
    async close() {
      await handle.close()
      broker.close()
    },
  }
}

function connection(broker: Broker, clock: Clock, options: MemoryLogOptions): MemoryLog {
  const calls = new PortCalls(clock, options.interceptor, options.requestTimeoutMs ?? 30_000)
  const open: OpenParts = new Set()
  return {
    name: 'embedded',
    capabilities: CAPABILITIES,
    clock,
    admin: new EmbeddedAdmin(broker, calls),
    fetcher: (fetcherOptions: FetcherOptions = {}): Fetcher => new EmbeddedFetcher(broker, calls, fetcherOptions, open),
    producer: (producerOptions: ProducerOptions = {}): Producer => new EmbeddedProducer(broker, calls, producerOptions),
    member: (memberOptions: GroupMemberOptions): GroupMember => new EmbeddedMember(broker, calls, memberOptions, open),
    clean: () => broker.clean(),
    connect: (other = {}) => connection(broker, other.clock ?? clock, other),
    async close() {
      for (const part of [...open]) await part.close()
    },
  }
}
