/**
 * The tasks a worker has: made when assigned, restored, run, closed when revoked. Keeps the fetcher in step: a task's
 * inputs are assigned once it runs, paused while its queues are full.
 */

import type { StreamsConfig } from '../config/streams-config.ts'
import type { FetchedBatch, Fetcher } from '../log/fetcher.ts'
import type { CommittedOffset } from '../log/group.ts'
import type { Log, TopicPartition } from '../log/log.ts'
import type { ByteStore, ByteStoreFactory, StoreUse } from '../state/byte-store.ts'
import { OffHeapStore } from '../state/offheap/off-heap-store.ts'
import type { RecordCacheBudget, StateStore } from '../state/state-store.ts'
import { parseTaskName } from './assignment/task-id.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { decodeCommitMetadata } from './commit-metadata.ts'
import { errorHandler } from './error-handlers.ts'
import type { Metrics } from './metrics.ts'
import { startOffsets } from './offset-reset.ts'
import type { RecordCollector } from './record-collector.ts'
import type { RecordQueue } from './record-queue.ts'
import { type RestoreProgress, type RestoreRequest, Restorer } from './restorer.ts'
import { storeEnvironment } from './store-environment.ts'
import { Task } from './task.ts'

export interface TaskRegistryOptions {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly metrics: Metrics
  readonly collector: RecordCollector
  readonly fetcher: Fetcher
  readonly recordCache: RecordCacheBudget | undefined
  /** Makes persistent stores; undefined: memory. */
  readonly byteStores: ByteStoreFactory | undefined
  globalStore(name: string): StateStore | undefined
  onRestoreProgress(progress: RestoreProgress): void
}

interface Opening {
  readonly task: Task
  readonly committed: readonly CommittedOffset[]
}

export class TaskRegistry {
  #running: Task[] = []
  readonly #restoring = new Map<string, Opening>()
  readonly #previous = new Set<string>()
  readonly #byPartition = new Map<string, Task>()
  readonly #paused = new Map<string, { task: Task; queue: RecordQueue }>()
  readonly #restorer: Restorer
  readonly #options: TaskRegistryOptions

  constructor(options: TaskRegistryOptions) {
    this.#options = options
    this.#restorer = new Restorer(options.log, (progress) => options.onRestoreProgress(progress))
  }

  get running(): readonly Task[] {
    return this.#running
  }

  get restoring(): boolean {
    return this.#restoring.size > 0
  }

  /** Names of the tasks held now. */
  names(): string[] {
    return [...this.#running.map(({ name }) => name), ...this.#restoring.keys()]
  }

  restoringNames(): string[] {
    return [...this.#restoring.keys()]
  }

  /** Names of tasks held before and not now. */
  previous(): string[] {
    return [...this.#previous]
  }

  /** Opens what is not open yet. */
  async open(
    names: readonly string[],
    committedOffsets: (partitions: readonly TopicPartition[]) => Promise<CommittedOffset[]>,
  ): Promise<void> {
    const held = new Set(this.names())
    const fresh = names.filter((name) => !held.has(name))
    if (fresh.length === 0) return
    const inputs = fresh.flatMap((name) => this.#options.plan.inputs(parseTaskName(name)))
    const committed = await committedOffsets(inputs)
    for (const name of fresh) {
      const task = this.#create(name)
      task.initStores()
      const mine = committed.filter(({ topic, partition }) => task.partitions.queue(topic, partition) !== undefined)
      this.#restoring.set(name, { task, committed: mine })
      this.#previous.delete(name)
      await this.#restorer.start(task, this.#restoreRequests(task, mine))
    }
    await this.#startRestored()
  }

  /** Gives restoring stores what has arrived, and starts the tasks that are complete. */
  async restore(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await this.#restorer.poll(timeoutMs, signal)
    await this.#startRestored()
  }

  add(fetched: FetchedBatch): void {
    const task = this.#byPartition.get(key(fetched))
    if (task === undefined) return
    task.add(fetched)
    const queue = task.partitions.queue(fetched.topic, fetched.partition)
    if (queue !== undefined && queue.size > this.#options.config.bufferedRecordsPerPartition) {
      this.#options.fetcher.pause(fetched)
      this.#paused.set(key(fetched), { task, queue })
    }
  }

  process(task: Task, maxRecords: number): number {
    const done = task.process(maxRecords)
    this.#options.metrics.processed += done
    for (const [name, { task: owner, queue }] of this.#paused) {
      if (owner !== task || queue.size > this.#options.config.bufferedRecordsPerPartition) continue
      this.#paused.delete(name)
      this.#options.fetcher.resume(queue)
    }
    return done
  }

  /** A processor asked for a commit, or the overlays hold too much. */
  commitWanted(maxUncommittedBytes: number): boolean {
    let bytes = 0
    for (const task of this.#running) {
      if (task.commitRequested) return true
      bytes += task.uncommittedBytes()
    }
    return bytes > maxUncommittedBytes
  }

  closeSome(names: readonly string[], clean: boolean): void {
    for (const name of names) {
      const task = this.#running.find((candidate) => candidate.name === name) ?? this.#restoring.get(name)?.task
      if (task === undefined) continue
      this.#restorer.stop(task)
      this.#restoring.delete(name)
      this.#running = this.#running.filter((other) => other !== task)
      for (const queue of task.partitions.queues) {
        this.#options.fetcher.unassign(queue)
        this.#byPartition.delete(key(queue))
        this.#paused.delete(key(queue))
      }
      task.close(clean)
      this.#previous.add(name)
    }
  }

  closeAll(clean: boolean): void {
    this.closeSome(this.names(), clean)
  }

  close(): Promise<void> {
    return this.#restorer.close()
  }

  #create(name: string): Task {
    const { config, log, plan, metrics, collector } = this.#options
    const id = parseTaskName(name)
    const common = {
      topology: plan.topology,
      names: plan.names,
      collector,
      defaultKeySerde: config.defaultKeySerde,
      defaultValueSerde: config.defaultValueSerde,
    }
    return new Task({
      ...common,
      id,
      subtopologies: [plan.planned(id).subtopology],
      inputs: plan.inputs(id),
      clock: log.clock,
      emitIntervalMs: config.emitIntervalMs,
      freezesValues: false,
      onDeserializationError: errorHandler(config.deserializationExceptionHandler, config.logger),
      onProcessingError: errorHandler(config.processingExceptionHandler, config.logger),
      deadLetterTopic: config.deadLetterTopic,
      globalStore: (storeName) => this.#options.globalStore(storeName),
      dropped: (taskName, node, reason) => metrics.dropped(taskName, node, reason),
      storeEnvironment: (task) =>
        storeEnvironment(task, {
          ...common,
          recordCache: this.#options.recordCache,
          openByteStore: (taskName, storeName, use) => this.#openByteStore(taskName, storeName, use),
        }),
    })
  }

  #openByteStore(taskName: string, storeName: string, use: StoreUse): ByteStore {
    const { byteStores, config } = this.#options
    if (!use.persistent || byteStores === undefined) return new OffHeapStore(storeName, use)
    const { applicationId, stateDir } = config
    return byteStores.open({ applicationId, taskId: taskName, storeName, stateDir, use })
  }

  #restoreRequests(task: Task, committed: readonly CommittedOffset[]): RestoreRequest[] {
    const { plan } = this.#options
    const requests: RestoreRequest[] = []
    for (const store of task.stores) {
      const declaration = plan.topology.stores.get(store.name)
      if (declaration === undefined) continue
      const topic = plan.names.changelog(store.name)
      const partition = { topic, partition: task.id.partition }
      if (declaration.sourceTopic !== undefined) {
        const input = committed.find((offset) => offset.topic === topic && offset.partition === task.id.partition)
        requests.push({ store, partition, limit: Math.max(input?.offset ?? 0, 0) })
      } else if (declaration.builder.logging) requests.push({ store, partition, limit: undefined })
    }
    return requests
  }

  async #startRestored(): Promise<void> {
    for (const [name, { task, committed }] of this.#restoring) {
      if (this.#restorer.isRestoring(task)) continue
      const metadata = committed
        .filter(({ offset }) => offset >= 0)
        .map((offset) => [offset, decodeCommitMetadata(offset.metadata)] as const)
      const unknown = committed.filter(({ offset }) => offset < 0)
      const { plan, config, log, fetcher } = this.#options
      const starts = [
        ...committed.filter(({ offset }) => offset >= 0),
        ...(await startOffsets(unknown, plan, config, log)),
      ]
      task.initProcessors(metadata)
      this.#restoring.delete(name)
      this.#running.push(task)
      for (const start of starts) {
        this.#byPartition.set(key(start), task)
        fetcher.assign({ topic: start.topic, partition: start.partition }, start.offset)
      }
    }
  }
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
