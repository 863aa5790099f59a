/**
 * Reading from the embedded log: decodes in place, from the partitions' own buffers, when `poll` asks.
 *
 * Partitions that may have something are in `ready`, so a poll costs nothing for idle ones; an append or the end of a
 * transaction puts a partition there. A poll that waits is woken in a later macrotask, never from inside an append.
 */

import { LogError } from '../../record/errors.ts'
import { RecordBatchDecoder } from '../../record/record-batch-decoder.ts'
import type { FetchedBatch, Fetcher, FetcherOptions } from '../fetcher.ts'
import type { TopicPartition } from '../log.ts'
import type { Broker } from './broker.ts'
import type { PartitionListener, PartitionLog } from './partition-log.ts'
import type { OpenParts, PortCalls } from './port-call.ts'

class Assignment implements PartitionListener {
  readonly topic: string
  readonly partition: number
  readonly #fetcher: EmbeddedFetcher
  position: number
  endOffset: number | undefined
  paused = false
  log: PartitionLog | undefined

  constructor({ topic, partition }: TopicPartition, position: number, fetcher: EmbeddedFetcher) {
    this.topic = topic
    this.partition = partition
    this.position = position
    this.#fetcher = fetcher
  }

  changed(): void {
    this.#fetcher.partitionChanged(this)
  }

  detach(): void {
    this.log?.listeners.delete(this)
    this.log = undefined
  }
}

export class EmbeddedFetcher implements Fetcher {
  readonly #broker: Broker
  readonly #calls: PortCalls
  readonly #open: OpenParts
  readonly #committed: boolean
  readonly #maxPartitionBytes: number
  readonly #maxBytes: number
  readonly #decoder: RecordBatchDecoder = new RecordBatchDecoder()
  readonly #assignments: Map<string, Map<number, Assignment>> = new Map()
  readonly #ready: Set<Assignment> = new Set()
  #wake: (() => void) | undefined
  #woken = false
  #closed = false

  constructor(broker: Broker, calls: PortCalls, options: FetcherOptions, open: OpenParts) {
    this.#open = open
    open.add(this)
    this.#broker = broker
    this.#calls = calls
    this.#committed = (options.isolation ?? 'read_committed') === 'read_committed'
    this.#maxPartitionBytes = options.maxPartitionBytes ?? 1 << 20
    this.#maxBytes = options.maxBytes ?? 16 << 20
  }

  assign(partition: TopicPartition, offset: number): void {
    const paused = this.#find(partition)?.paused ?? false
    this.unassign(partition)
    const assignment = new Assignment(partition, offset, this)
    assignment.paused = paused
    let partitions = this.#assignments.get(partition.topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#assignments.set(partition.topic, partitions)
    }
    partitions.set(partition.partition, assignment)
    this.partitionChanged(assignment)
  }

  unassign(partition: TopicPartition): void {
    const assignment = this.#find(partition)
    if (assignment === undefined) return
    assignment.detach()
    this.#ready.delete(assignment)
    this.#assignments.get(partition.topic)?.delete(partition.partition)
  }

  pause(partition: TopicPartition): void {
    const assignment = this.#find(partition)
    if (assignment === undefined) return
    assignment.paused = true
    this.#ready.delete(assignment)
  }

  resume(partition: TopicPartition): void {
    const assignment = this.#find(partition)
    if (assignment === undefined || !assignment.paused) return
    assignment.paused = false
    this.partitionChanged(assignment)
  }

  position(partition: TopicPartition): number | undefined {
    return this.#find(partition)?.position
  }

  endOffset(partition: TopicPartition): number | undefined {
    return this.#find(partition)?.endOffset
  }

  #find({ topic, partition }: TopicPartition): Assignment | undefined {
    return this.#assignments.get(topic)?.get(partition)
  }

  /** Something was appended, decided or deleted. */
  partitionChanged(assignment: Assignment): void {
    if (assignment.paused) return
    this.#ready.add(assignment)
    this.#wake?.()
  }

  async poll(timeoutMs: number, signal?: AbortSignal): Promise<FetchedBatch[]> {
    const clock = this.#calls.clock
    const deadline = timeoutMs <= 0 ? 0 : clock.monotonic() + timeoutMs
    while (!this.#closed) {
      const fetched = this.#calls.intercepted ? await this.#fetchThroughFaults() : this.#read()
      if (fetched.length > 0 || timeoutMs <= 0 || signal?.aborted) return fetched
      if (this.#woken || this.#closed) break
      const left = deadline - clock.monotonic()
      if (left <= 0) break
      await this.#wait(left, signal)
      if (signal?.aborted) break
    }
    this.#woken = false
    return []
  }

  /** As a client of a broker: an answer that does not come is asked for again, and positions move with answers only. */
  async #fetchThroughFaults(): Promise<FetchedBatch[]> {
    if (this.#ready.size === 0) return []
    let before: { readonly assignment: Assignment; readonly position: number }[] = []
    let abandoned = false
    try {
      const fetched = await this.#calls.run({ operation: 'fetch' }, () => {
        // A call that is let through after its caller gave up must not move positions any more.
        if (abandoned) return []
        // Taken now, not when the call was made: partitions that became ready on its way are read as well.
        before = [...this.#ready].map((assignment) => ({ assignment, position: assignment.position }))
        return this.#read()
      })
      return fetched.filter((batch) => this.#find(batch)?.position === batch.nextOffset)
    } catch (error) {
      abandoned = true
      for (const { assignment, position } of before) {
        if (this.#find(assignment) !== assignment) continue
        assignment.position = position
        this.partitionChanged(assignment)
      }
      if (!(error instanceof LogError) || !error.retriable) throw error
      await this.#calls.clock.sleep(10)
      return []
    }
  }

  #read(): FetchedBatch[] {
    const fetched: FetchedBatch[] = []
    let left = this.#maxBytes
    for (const assignment of [...this.#ready]) {
      if (left <= 0) break
      try {
        left -= this.#readPartition(assignment, left, fetched)
      } catch (error) {
        if (fetched.length > 0) break
        throw error
      }
    }
    return fetched
  }

  /** Reads one partition; gives the bytes it took. An assignment stays ready until it has reached its end. */
  #readPartition(assignment: Assignment, budget: number, fetched: FetchedBatch[]): number {
    const { topic, partition, position } = assignment
    if (assignment.log === undefined || assignment.log.deleted) {
      assignment.detach()
      assignment.log = this.#broker.partition(topic, partition)
      assignment.log.listeners.add(assignment)
    }
    const log = assignment.log
    const range = log.read(position, Math.min(budget, this.#maxPartitionBytes))
    const endOffset = log.logEnd
    const lastStableOffset = this.#committed ? log.lastStableOffset : endOffset
    assignment.endOffset = endOffset
    this.#ready.delete(assignment)
    if (position >= lastStableOffset) return 0
    if (range === undefined) {
      // What was here is compacted away, up to the end.
      assignment.position = endOffset
      const batch = this.#decoder.columns.finish()
      fetched.push({ topic, partition, batch, nextOffset: endOffset, endOffset, lastStableOffset })
      return 0
    }
    const { batch, nextOffset } = this.#decoder.decode(range.bytes, range.start, range.end, {
      fromOffset: position,
      untilOffset: lastStableOffset,
      aborted: this.#committed ? log.abortedFrom(position) : undefined,
      coordinates: { topic, partition },
    })
    if (nextOffset > position) {
      assignment.position = nextOffset
      fetched.push({ topic, partition, batch, nextOffset, endOffset, lastStableOffset })
      if (nextOffset < lastStableOffset) this.#ready.add(assignment)
    }
    return range.end - range.start
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const clock = this.#calls.clock
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      const timer = clock.setTimer(ms, done)
      signal?.addEventListener('abort', done, { once: true })
      this.#wake = () => {
        this.#wake = undefined
        void clock.yield().then(done)
      }
    })
  }

  wakeUp(): void {
    this.#woken = true
    this.#wake?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#open.delete(this)
    for (const partitions of this.#assignments.values()) {
      for (const assignment of partitions.values()) assignment.detach()
    }
    this.#assignments.clear()
    this.#ready.clear()
    this.wakeUp()
  }
}
