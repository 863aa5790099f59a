/**
 * The tasks a worker has: made when assigned, restored, run, closed when revoked; and its standbys, which are the same tasks
 * before their processors begin, so that one is promoted by restoring the tail it lacks. Keeps the fetcher in step: a task's
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
import { errorHandler, productionHandler } from './error-handlers.ts'
import type { Metrics } from './metrics.ts'
import { startOffsets } from './offset-reset.ts'
import type { RecordCollector } from './record-collector.ts'
import type { RecordLimits } from './record-limits.ts'
import type { RecordQueue } from './record-queue.ts'
import { RestoreLog } from './restore-log.ts'
import type { RestoreListeners, StoreLag } from './restore-progress.ts'
import { restoreRequests } from './restore-requests.ts'
import { Restorer } from './restorer.ts'
import { StandbyTasks } from './standby-tasks.ts'
import { storeEnvironment } from './store-environment.ts'
import { StoreShelf } from './store-shelf.ts'
import { Task } from './task.ts'
import type { TaskLocks } from './task-locks.ts'

export interface TaskRegistryOptions extends RestoreListeners {
  readonly config: StreamsConfig
  readonly log: Log
  readonly plan: ClusterPlan
  readonly metrics: Metrics
  readonly collector: RecordCollector
  readonly limits: RecordLimits
  readonly fetcher: Fetcher
  readonly recordCache: RecordCacheBudget | undefined
  /** Makes persistent stores; undefined: memory. */
  readonly byteStores: ByteStoreFactory | undefined
  /** Shared by the threads of an app whose stores outlive them; undefined: nothing is shared. */
  readonly locks?: TaskLocks | undefined
  globalStore(name: string): StateStore | undefined
}

interface Opening {
  readonly task: Task
  readonly committed: readonly CommittedOffset[]
}

export class TaskRegistry {
  #running: Task[] = []
  readonly #restoring = new Map<string, Opening>()
  readonly #shelf = new StoreShelf()
  /** How far persistent stores of closed tasks reach, by task and store. */
  readonly #onDisk = new Map<string, Map<string, number>>()
  readonly #byPartition = new Map<string, Task>()
  readonly #paused = new Map<string, { task: Task; queue: RecordQueue }>()
  readonly #restorer: Restorer
  readonly #standbys: StandbyTasks
  #standbysMissing = false
  readonly #options: TaskRegistryOptions

  readonly #stopListening: (() => void) | undefined

  constructor(options: TaskRegistryOptions) {
    this.#options = options
    this.#stopListening = options.locks?.onGone((name) => this.#onDisk.delete(name))
    this.#restorer = new Restorer(options.log, new RestoreLog(options.config.logger, options.log.clock, options))
    this.#standbys = new StandbyTasks(options.plan, this.#restorer, (name) => this.#create(name))
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

  /** Some of the tasks that are to be kept warm could not be opened yet. */
  get standbysMissing(): boolean {
    return this.#standbysMissing
  }

  get standbys(): StandbyTasks {
    return this.#standbys
  }

  /** How far the state reaches of tasks that are here and do not run: the sum of their changelog offsets. */
  offsets(): Record<string, number> {
    const here = [...this.#restoring.values()].map(({ task }) => task)
    const open = new Map([...here, ...this.#standbys.tasks()].map((task) => [task.name, task]))
    const offsets: Record<string, number> = {}
    for (const name of new Set([...open.keys(), ...this.#shelf.tasks(), ...this.#onDisk.keys()])) {
      const offsetOf = (store: string): number =>
        open.get(name)?.storeOf(store)?.committedOffset() ??
        this.#shelf.offset(name, store) ??
        this.#onDisk.get(name)?.get(store) ??
        0
      const changelogs = this.#options.plan.changelogs(parseTaskName(name))
      offsets[name] = changelogs.reduce((sum, { store }) => sum + offsetOf(store), 0)
    }
    return offsets
  }

  /** How far each store that is here is behind its changelog. */
  lags(): StoreLag[] {
    const { plan } = this.#options
    const restoring = [...this.#restoring.values()].map(({ task }) => task)
    const lagsOf = (task: Task, role: StoreLag['role']): StoreLag[] => {
      const fills = this.#restorer.fillsOf(task)
      return plan.changelogs(task.id).map(({ store, partition }) => {
        const fill = fills.find((candidate) => candidate.store.name === store)
        const position = fill?.position ?? task.storeOf(store)?.committedOffset() ?? 0
        const lag = fill?.lag ?? 0
        return { store, partition, role, position, endOffset: position + lag, lag }
      })
    }
    return [
      ...[...this.#running, ...restoring].flatMap((task) => lagsOf(task, 'active')),
      ...this.#standbys.tasks().flatMap((task) => lagsOf(task, 'standby')),
    ]
  }

  /** Inputs of those tasks that do not run and are not being restored. */
  missingInputs(names: readonly string[]): TopicPartition[] {
    return this.#fresh(names).flatMap((name) => this.#options.plan.inputs(parseTaskName(name)))
  }

  /** Opens what is not open yet. @param committed of `missingInputs` */
  async open(names: readonly string[], committed: readonly CommittedOffset[], signal: AbortSignal): Promise<void> {
    for (const name of this.#fresh(names)) {
      await this.#options.locks?.take(name, this, signal)
      const promoted = this.#standbys.take(name)
      const task = promoted ?? this.#create(name)
      if (promoted === undefined) task.initStores()
      const mine = committed.filter(({ topic, partition }) => task.partitions.queue(topic, partition) !== undefined)
      this.#restoring.set(name, { task, committed: mine })
      this.#onDisk.delete(name)
      await this.#restorer.restore(task, restoreRequests(this.#options.plan, task, mine))
    }
    await this.#startRestored()
  }

  #fresh(names: readonly string[]): string[] {
    const held = new Set(this.names())
    return names.filter((name) => !held.has(name))
  }

  /** Gives up standbys that are wanted no more, before anything is opened: another thread may wait for them. */
  dropStandbys(wanted: ReadonlySet<string>): void {
    for (const name of this.#standbys.names()) if (!wanted.has(name)) this.#release(name)
    this.#options.locks?.keepOnly(new Set([...this.names(), ...this.#standbys.names()]), this)
  }

  /** Keeps these tasks warm too; state that was kept for tasks which did not come back is given up. */
  async follow(
    names: readonly string[],
    committedOffsets: (partitions: readonly TopicPartition[]) => Promise<CommittedOffset[]>,
  ): Promise<void> {
    const wanted = this.#fresh(names)
    // What another thread has yet to let go of is tried again: nobody waits for a standby.
    const free = wanted.filter((name) => this.#options.locks?.tryTake(name, this) ?? true)
    this.#standbysMissing = free.length < wanted.length
    await this.#standbys.follow(free, committedOffsets)
    for (const name of this.#standbys.names()) this.#onDisk.delete(name)
    this.#shelf.close()
  }

  /** Gives restoring stores and standbys what has arrived, and starts the tasks that are complete; true if there may be more. */
  async restore(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const more = await this.#restorer.poll(timeoutMs, signal)
    await this.#startRestored()
    return more
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

  /** @param keep state in memory is kept, for the same tasks are expected back, active or standby */
  closeSome(names: readonly string[], clean: boolean, keep = false): void {
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
      this.#close(task, clean, keep)
    }
  }

  closeAll(clean: boolean, keep = false): void {
    this.closeSome(this.names(), clean, keep)
  }

  async close(): Promise<void> {
    this.#stopListening?.()
    for (const name of this.#standbys.names()) this.#release(name)
    this.#shelf.close()
    this.#options.locks?.keepOnly(new Set(this.names()), this)
    await this.#restorer.close()
  }

  #release(name: string): void {
    const task = this.#standbys.take(name)
    if (task === undefined) return
    this.#restorer.stop(task)
    this.#close(task, true, false)
  }

  /** State on disk makes this worker the better choice for a task that is assigned again. */
  #close(task: Task, clean: boolean, keep: boolean): void {
    if (keep) this.#shelf.keep(task.name)
    else this.#shelf.drop(task.name)
    const { byteStores, plan } = this.#options
    const onDisk = new Map<string, number>()
    for (const { store } of byteStores === undefined ? [] : plan.changelogs(task.id)) {
      const offset = task.storeOf(store)?.committedOffset()
      if (offset !== undefined && plan.topology.stores.get(store)?.builder.persistent) onDisk.set(store, offset)
    }
    if (onDisk.size > 0) this.#onDisk.set(task.name, onDisk)
    task.close(clean)
    this.#options.locks?.release(task.name, this)
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
      onProductionError: productionHandler(config.productionExceptionHandler, config.logger),
      recordLimit: (topic) => this.#options.limits.recordBytes(topic),
      deadLetterTopic: config.deadLetterTopic,
      globalStore: (storeName) => this.#options.globalStore(storeName),
      dropped: (taskName, node, reason) => metrics.dropped(taskName, node, reason),
      storeEnvironment: (task) =>
        storeEnvironment(task, {
          ...common,
          recordCache: this.#options.recordCache,
          openByteStore: (taskName, storeName, use) =>
            this.#shelf.take(taskName, storeName) ?? this.#openByteStore(taskName, storeName, use),
          closeByteStore: (taskName, store) => this.#shelf.put(taskName, store),
        }),
    })
  }

  #openByteStore(taskName: string, storeName: string, use: StoreUse): ByteStore {
    const { byteStores, config } = this.#options
    if (!use.persistent || byteStores === undefined) return new OffHeapStore(storeName, use)
    const { applicationId, stateDir } = config
    return byteStores.open({ applicationId, taskId: taskName, storeName, stateDir, use })
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
