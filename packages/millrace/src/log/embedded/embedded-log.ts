/**
 * Puts an embedded log together: a broker in this process over a storage for batches and a journal for everything else.
 * In memory both keep nothing; a durable log brings its own.
 */

import { type Clock, systemClock } from '../../record/clock.ts'
import type { Fetcher, FetcherOptions } from '../fetcher.ts'
import type { GroupMember, GroupMemberOptions } from '../group.ts'
import type { LogCapabilities } from '../log.ts'
import type { Producer, ProducerOptions } from '../producer.ts'
import { Broker, type StorageFactory } from './broker.ts'
import { EmbeddedAdmin } from './embedded-admin.ts'
import { EmbeddedFetcher } from './embedded-fetcher.ts'
import { EmbeddedMember } from './embedded-member.ts'
import { EmbeddedProducer } from './embedded-producer.ts'
import type { Journal } from './journal.ts'
import type { MemoryLog, MemoryLogOptions } from './memory-log.ts'
import { type OpenParts, PortCalls } from './port-call.ts'

export interface EmbeddedLogOptions extends MemoryLogOptions {
  readonly name: string
  readonly storage: StorageFactory
  /** Storage and journal outlive the process. */
  readonly durable: boolean
  readonly journal: Journal
  /** Called last when the log is closed. */
  readonly close?: () => Promise<void>
}

const CAPABILITIES: Omit<LogCapabilities, 'durable'> = Object.freeze({
  transactions: 'v2',
  cooperative: true,
  staticMembership: true,
  requireStable: true,
  assignmentBytes: true,
  deleteRecords: true,
})

/** A log on what storage and journal hold; a transaction that was open when they were left is aborted. */
export function embeddedLog(options: EmbeddedLogOptions): MemoryLog {
  const { journal, storage } = options
  const clock = options.clock ?? systemClock()
  const broker = new Broker({ clock, storage, journal, cleanEveryMs: options.cleanEveryMs ?? 300_000 })
  const settled = (): Promise<void> | undefined => journal.settled()
  const handle = connection({ name: options.name, durable: options.durable, broker, settled }, clock, options)
  return {
    ...handle,
    async close() {
      await handle.close()
      broker.close()
      await options.close?.()
    },
  }
}

interface Shared {
  readonly name: string
  readonly durable: boolean
  readonly broker: Broker
  settled(): Promise<void> | undefined
}

function connection(shared: Shared, clock: Clock, options: MemoryLogOptions): MemoryLog {
  const { name, durable, broker } = shared
  const calls = new PortCalls(clock, options.interceptor, options.requestTimeoutMs ?? 30_000, () => shared.settled())
  const open: OpenParts = new Set()
  return {
    name,
    capabilities: { ...CAPABILITIES, durable },
    clock,
    admin: new EmbeddedAdmin(broker, calls),
    fetcher: (fetcherOptions: FetcherOptions = {}): Fetcher => new EmbeddedFetcher(broker, calls, fetcherOptions, open),
    producer: (producerOptions: ProducerOptions = {}): Producer => new EmbeddedProducer(broker, calls, producerOptions),
    member: (memberOptions: GroupMemberOptions): GroupMember => new EmbeddedMember(broker, calls, memberOptions, open),
    clean: () => broker.clean(),
    connect: (other = {}) => connection(shared, other.clock ?? clock, other),
    async close() {
      for (const part of [...open]) await part.close()
    },
  }
}
