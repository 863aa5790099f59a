/**
 * A task: sub-topologies at work on one partition number. Wholly synchronous (law 2): `process(budget)`, then
 * `prepareCommit()` gives offsets with metadata (its batches are in the collector), then `completeCommit()` when they are
 * known to be safe. Only the worker loop waits.
 *
 * Production and the test driver build the same object; the driver gives it all sub-topologies and commits after each
 * record. It knows ports only: a collector to write to, byte stores, a clock.
 */

import type { FetchedBatch } from '../log/fetcher.ts'
import type { OffsetToCommit } from '../log/group.ts'
import type { TopicPartition } from '../log/log.ts'
import type { Cancellable, PunctuationType, TaskId } from '../processor/processor-context.ts'
import type { Clock } from '../record/clock.ts'
import type { Serde } from '../record/serde.ts'
import type { StateStore } from '../state/state-store.ts'
import { taskName } from './assignment/task-id.ts'
import { type CommitMetadata, encodeCommitMetadata } from './commit-metadata.ts'
import { DeadLetters } from './dead-letters.ts'
import { PartitionGroup } from './partition-group.ts'
import type { ProcessorRunner, TaskServices } from './processor-runner.ts'
import { PunctuationQueue } from './punctuation-queue.ts'
import type { RecordQueue } from './record-queue.ts'
import { buildTask, type TaskBlueprint } from './task-blueprint.ts'
import { TaskRecordContext } from './task-record-context.ts'

export class Task implements TaskServices {
  readonly id: TaskId
  readonly name: string
  readonly applicationId: string
  readonly clock: Clock
  readonly recordContext: TaskRecordContext = new TaskRecordContext()
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly emitIntervalMs: number
  readonly freezesValues: boolean
  readonly onProcessingError: TaskServices['onProcessingError']
  readonly deadLetters: DeadLetters | undefined
  /** In Kafka Streams' order: that of cache flushes. */
  readonly stores: readonly StateStore[]
  readonly partitions: PartitionGroup
  readonly #blueprint: TaskBlueprint
  readonly #storesByName = new Map<string, StateStore>()
  readonly #processors: readonly ProcessorRunner[]
  readonly #streamTimePunctuations = new PunctuationQueue()
  readonly #wallClockPunctuations = new PunctuationQueue()
  readonly #metadata = new Map<string, number>()
  readonly #committed = new Map<RecordQueue, number>()
  #metadataChanged = false
  /** True when there is something to commit: records were processed, or punctuations ran, since the last commit. */
  commitNeeded = false
  /** A processor asked for a commit. */
  commitRequested = false

  constructor(blueprint: TaskBlueprint) {
    this.#blueprint = blueprint
    this.id = blueprint.id
    this.name = taskName(blueprint.id)
    this.applicationId = blueprint.names.applicationId
    this.clock = blueprint.clock
    this.defaultKeySerde = blueprint.defaultKeySerde
    this.defaultValueSerde = blueprint.defaultValueSerde
    this.emitIntervalMs = blueprint.emitIntervalMs
    this.freezesValues = blueprint.freezesValues
    this.onProcessingError = blueprint.onProcessingError
    const { deadLetterTopic } = blueprint
    this.deadLetters = deadLetterTopic === undefined ? undefined : new DeadLetters(deadLetterTopic, blueprint.collector)
    const built = buildTask(blueprint, this)
    this.stores = built.stores
    for (const store of built.stores) this.#storesByName.set(store.name, store)
    this.#processors = built.processors
    this.partitions = new PartitionGroup(built.queues)
  }

  /** Opens the stores; after it they can be restored. */
  initStores(): void {
    for (const store of this.stores) store.init(this.#blueprint.storeEnvironment(this))
  }

  /** Restored: processors may begin. Committed metadata of the partitions gives partition and stream time back. */
  initProcessors(committed: Iterable<readonly [TopicPartition, CommitMetadata]> = []): void {
    for (const [{ topic, partition }, metadata] of committed) {
      const queue = this.partitions.queue(topic, partition)
      if (queue !== undefined) queue.partitionTime = metadata.partitionTime
      if (metadata.partitionTime > this.partitions.streamTime) this.partitions.streamTime = metadata.partitionTime
      for (const [key, value] of metadata.processors) {
        const known = this.#metadata.get(key)
        if (known === undefined || known < value) this.#metadata.set(key, value)
      }
    }
    for (const processor of this.#processors) {
      this.recordContext.clear(-1)
      processor.init()
    }
  }

  add(fetched: FetchedBatch): void {
    const queue = this.partitions.queue(fetched.topic, fetched.partition)
    if (queue === undefined) return
    const wasEmpty = queue.isEmpty
    queue.add(fetched)
    if (wasEmpty && !queue.isEmpty) this.partitions.becameNonEmpty(queue)
    else if (queue.isEmpty && queue.committable > (this.#committed.get(queue) ?? -1)) this.commitNeeded = true
  }

  /** Processes one record to its end, children first; false if there was none. */
  processOne(): boolean {
    const group = this.partitions
    const queue = group.choose()
    if (queue === undefined) return false
    const context = this.recordContext
    context.sourceBatch = undefined
    const offset = queue.headOffset
    const { headBatch, headIndex } = queue
    const record = queue.poll()
    group.putBack(queue)
    this.commitNeeded = true
    if (record === undefined) return true
    if (record.timestamp > group.streamTime) group.streamTime = record.timestamp
    context.topic = queue.topic
    context.partition = queue.partition
    context.offset = offset
    context.timestamp = record.timestamp
    context.current = record
    context.sourceBatch = headBatch
    context.sourceRow = headIndex
    queue.source.process(record)
    return true
  }

  /**
   * Processes up to `maxRecords`, with stream-time punctuations after each; returns how many. Stops where an input runs dry:
   * whether the others may go on without it is for the `IdlePolicy` to say, which knows whether the log has more of it.
   */
  process(maxRecords: number): number {
    const { bufferedQueues } = this.partitions
    let done = 0
    while (done < maxRecords && this.partitions.bufferedQueues === bufferedQueues && this.processOne()) {
      done++
      this.punctuateStreamTime()
    }
    return done
  }

  punctuateStreamTime(): boolean {
    const streamTime = this.partitions.streamTime
    if (streamTime === -1) return false
    const fired = this.#streamTimePunctuations.punctuate(streamTime)
    if (fired) this.commitNeeded = true
    return fired
  }

  punctuateWallClock(): boolean {
    const fired = this.#wallClockPunctuations.punctuate(this.clock.now())
    if (fired) this.commitNeeded = true
    return fired
  }

  /** When the next wall-clock punctuation is due; undefined if none. */
  nextWallClockPunctuation(): number | undefined {
    return this.#wallClockPunctuations.nextDue()
  }

  /**
   * Writes the record caches back; what comes out is in the collector. Then these offsets may be committed with it.
   * @param always unchanged offsets too: under exactly once they fence, so that a punctuation's output has some as well.
   */
  prepareCommit(always = false): OffsetToCommit[] {
    for (const store of this.stores) store.flushCache()
    const offsets: OffsetToCommit[] = []
    for (const queue of this.partitions.queues) {
      const offset = queue.committable
      if (offset < 0 || (!always && offset === this.#committed.get(queue) && !this.#metadataChanged)) continue
      const metadata = encodeCommitMetadata({ partitionTime: queue.partitionTime, processors: this.#metadata })
      offsets.push({ topic: queue.topic, partition: queue.partition, offset, metadata })
    }
    return offsets
  }

  /** The commit is known to have succeeded. `changelogOffset` gives the next offset of a store's changelog. */
  completeCommit(
    offsets: readonly OffsetToCommit[],
    changelogOffset?: (storeName: string) => number | undefined,
  ): void {
    for (const store of this.stores) store.commit(changelogOffset?.(store.name))
    for (const { topic, partition, offset } of offsets) {
      const queue = this.partitions.queue(topic, partition)
      if (queue !== undefined) this.#committed.set(queue, offset)
    }
    this.commitNeeded = false
    this.commitRequested = false
    this.#metadataChanged = false
  }

  /** Bytes of state changes waiting for the commit. */
  uncommittedBytes(): number {
    let bytes = 0
    for (const store of this.stores) bytes += store.uncommittedBytes()
    return bytes
  }

  /** Closes processors and stores; `clean` false forgets what was not committed. */
  close(clean: boolean): void {
    for (const processor of this.#processors) processor.close()
    for (const store of this.stores) {
      if (!clean) store.rollback()
      store.close()
    }
    this.partitions.clear()
  }

  /** A store of this task alone. */
  storeOf(name: string): StateStore | undefined {
    return this.#storesByName.get(name)
  }

  // What processors ask through their contexts.

  streamTime(): number {
    return this.partitions.streamTime
  }

  store(name: string): StateStore | undefined {
    return this.#storesByName.get(name) ?? this.#blueprint.globalStore(name)
  }

  schedule(
    intervalMs: number,
    type: PunctuationType,
    run: (timestamp: number) => void,
    startTime: number | undefined,
  ): Cancellable {
    if (type === 'stream-time') {
      return this.#streamTimePunctuations.schedule(
        startTime ?? 0,
        intervalMs,
        run,
        startTime === undefined ? undefined : this.partitions.streamTime,
      )
    }
    const now = this.clock.now()
    return this.#wallClockPunctuations.schedule(
      startTime ?? now + intervalMs,
      intervalMs,
      run,
      startTime === undefined ? undefined : now,
    )
  }

  requestCommit(): void {
    this.commitRequested = true
  }

  dropped(node: string, reason: string): void {
    this.#blueprint.dropped(this.name, node, reason)
  }

  putProcessorMetadata(key: string, value: number): void {
    this.#metadata.set(key, value)
    this.#metadataChanged = true
  }

  processorMetadata(key: string): number | undefined {
    return this.#metadata.get(key)
  }
}
