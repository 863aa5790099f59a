/**
 * One contract test's world: a log, topics and groups with fresh names, and short ways to write, read and wait.
 *
 * Waits have generous ends and no fixed durations, for a real broker takes its time.
 */

import type { ColumnBatch } from '../../record/column-batch.ts'
import { LogError } from '../../record/errors.ts'
import type { Headers } from '../../record/headers.ts'
import { RecordBatchBuilder } from '../../record/record-batch-builder.ts'
import { headersOf } from '../../record/row-headers.ts'
import type { FetchedBatch, Fetcher, FetcherOptions } from '../fetcher.ts'
import type { GroupEvent, GroupMember, GroupMemberOptions, GroupMetadata } from '../group.ts'
import type { Log, TopicPartition } from '../log.ts'
import type { Producer, ProducerOptions } from '../producer.ts'
import type { LogContractOptions, Matchers, TestFramework } from './test-framework.ts'

const PATIENCE_MS = 20_000

export interface ReadRow {
  readonly key: string | null
  readonly value: string | null
  readonly offset: number
  readonly timestamp: number
  readonly headers: readonly (readonly [string, string | null])[]
}

export interface NewRecord {
  readonly key?: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly timestamp?: number
  readonly headers?: Headers
}

function textOf(batch: ColumnBatch, start: number, length: number): string | null {
  return length < 0 ? null : batch.bytes.toString('utf8', start, start + length)
}

/** A batch's rows as objects, for comparing. */
export function rowsOf(batch: ColumnBatch): ReadRow[] {
  return Array.from({ length: batch.count }, (_, row) => ({
    key: textOf(batch, batch.keyStarts[row], batch.keyLengths[row]),
    value: textOf(batch, batch.valueStarts[row], batch.valueLengths[row]),
    offset: batch.offsets[row],
    timestamp: batch.timestamps[row],
    headers: [...(headersOf(batch, row) ?? [])].map(
      ({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()] as const,
    ),
  }))
}

/** Records in one builder; plain strings are values under a common key. */
export function recordsOf(records: readonly (string | NewRecord)[]): RecordBatchBuilder {
  const builder = new RecordBatchBuilder()
  for (const entry of records) {
    const record: NewRecord = typeof entry === 'string' ? { value: entry } : entry
    const key = record.key === undefined ? 'k' : record.key
    builder.append(key, record.value, record.timestamp ?? 1_700_000_000_000, record.headers)
  }
  return builder
}

export class LogScenario {
  readonly log: Log
  readonly #closing: (() => Promise<void>)[] = []
  readonly #topics: string[] = []
  readonly groupId: string

  constructor(log: Log) {
    this.log = log
    this.groupId = `contract-group-${log.clock.uuid()}`
  }

  /** A fresh topic that keeps old timestamps; gives its partition 0. */
  async topic(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<TopicPartition> {
    const name = `contract-${this.log.clock.uuid()}`
    this.#topics.push(name)
    const spec = { name, partitions, replicationFactor: 1, config: { 'retention.ms': '-1', ...config } }
    await this.log.admin.createTopics([spec])
    return { topic: name, partition: 0 }
  }

  async producer(options?: ProducerOptions): Promise<Producer> {
    const producer = this.log.producer(options)
    this.#closing.push(() => producer.close())
    await producer.init()
    return producer
  }

  fetcher(partition: TopicPartition, offset = 0, options?: FetcherOptions): Fetcher {
    const fetcher = this.log.fetcher(options)
    this.#closing.push(() => fetcher.close())
    fetcher.assign(partition, offset)
    return fetcher
  }

  member(options: Partial<GroupMemberOptions> = {}): GroupMember {
    const member = this.log.member({
      groupId: this.groupId,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 300,
      rebalanceTimeoutMs: 10_000,
      protocolName: 'contract',
      subscription: () => Buffer.from('subscription'),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, Buffer.from('assignment')])),
      ...options,
    })
    this.#closing.push(() => member.close({ leave: true }))
    return member
  }

  /** Sends records with a producer of their own; gives the base offset. */
  async write(partition: TopicPartition, ...records: (string | NewRecord)[]): Promise<number> {
    const producer = await this.producer()
    return (await producer.send({ ...partition, records: recordsOf(records) })).baseOffset
  }

  /** Rows until the position reaches `until`. */
  async readUntil(fetcher: Fetcher, partition: TopicPartition, until: number): Promise<ReadRow[]> {
    const rows: ReadRow[] = []
    await this.until(`position ${until}`, async () => {
      for (const entry of await fetcher.poll(200)) rows.push(...rowsOf(entry.batch))
      return (fetcher.position(partition) ?? -1) >= until
    })
    return rows
  }

  /** The next answer that has something. */
  async nextFetched(fetcher: Fetcher): Promise<FetchedBatch> {
    let found: FetchedBatch | undefined
    await this.until('a fetched batch', async () => {
      found = (await fetcher.poll(200))[0]
      return found !== undefined
    })
    return found as FetchedBatch
  }

  /** The next event of one of these types; others are left out, `revokeAll` is answered. */
  async event<T extends GroupEvent['type']>(member: GroupMember, type: T): Promise<Extract<GroupEvent, { type: T }>> {
    let found: GroupEvent | undefined
    await this.until(`event ${type}`, async () => {
      for (let event = member.nextEvent(); event !== undefined; event = member.nextEvent()) {
        if (event.type === type) {
          found = event
          return true
        }
        if (event.type === 'revokeAll') member.revoked()
      }
      await this.log.clock.sleep(10)
      return false
    })
    return found as Extract<GroupEvent, { type: T }>
  }

  /** Waits until all members have taken assignments of one generation; gives each one's bytes as text. */
  async settled(...members: GroupMember[]): Promise<string[]> {
    const newest = members.map((): { generation: number; text: string } => ({ generation: -1, text: '' }))
    await this.until('one generation', async () => {
      for (const [index, member] of members.entries()) {
        for (let event = member.nextEvent(); event !== undefined; event = member.nextEvent()) {
          if (event.type === 'revokeAll') member.revoked()
          if (event.type === 'failed') throw event.error
          if (event.type !== 'assigned') continue
          newest[index] = { generation: event.generation, text: Buffer.from(event.assignment).toString() }
        }
      }
      await this.log.clock.sleep(10)
      const { generation } = newest[0]
      return (
        generation >= 0 &&
        newest.every((entry) => entry.generation === generation) &&
        newest.every(({ text }) => text.startsWith(`${members.length}:`) || !text.includes(':'))
      )
    })
    return newest.map(({ text }) => text)
  }

  /** The membership's generation once it has one. */
  async metadataOf(member: GroupMember): Promise<GroupMetadata> {
    await this.event(member, 'assigned')
    return member.metadata() as GroupMetadata
  }

  async until(what: string, done: () => Promise<boolean>): Promise<void> {
    const { clock } = this.log
    const deadline = clock.monotonic() + PATIENCE_MS
    while (!(await done())) {
      if (clock.monotonic() > deadline) throw new Error(`contract: waited ${PATIENCE_MS} ms for ${what}`)
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close()
    await this.log.admin.deleteTopics(this.#topics)
    await this.log.close()
  }
}

/** What a call was refused with; an error if it was not. */
export async function refusal(call: () => unknown): Promise<LogError> {
  try {
    await call()
  } catch (error) {
    if (error instanceof LogError) return error
    throw new Error(`contract: refused with no LogError but ${String(error)}`, { cause: error })
  }
  throw new Error('contract: the call was not refused')
}

/** Defines one contract test. */
export type DefineTest = (name: string, run: (scenario: LogScenario) => Promise<void>) => void

/** What a part of the suite gets. */
export interface ContractPart {
  readonly test: DefineTest
  readonly expect: (actual: unknown) => Matchers
  readonly options: LogContractOptions
}

/** A `test` that opens a scenario and closes it whatever happens. */
export function scenarioTest(framework: TestFramework, options: LogContractOptions): DefineTest {
  return (name, run) =>
    framework.it(
      name,
      async () => {
        const scenario = new LogScenario(await options.open())
        try {
          await run(scenario)
        } finally {
          await scenario.close()
        }
      },
      60_000,
    )
}
