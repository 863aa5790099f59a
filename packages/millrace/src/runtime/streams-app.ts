/**
 * A topology at work: joins the group of its application id, takes its share of the tasks, and runs until closed. The same
 * file runs on the embedded log and on Kafka; more instances share the partitions.
 */

import { resolveConfig } from '../config/resolve-config.ts'
import type { StreamsConfig, StreamsOptions } from '../config/streams-config.ts'
import type { Log } from '../log/log.ts'
import type { BuiltTopology } from '../plan/built-topology.ts'
import { ConfigError, MillraceError } from '../record/errors.ts'
import type { ByteStoreFactory } from '../state/byte-store.ts'
import { OffHeapStore } from '../state/offheap/off-heap-store.ts'
import { offHeapStores } from '../state/offheap/off-heap-stores.ts'
import { RecordCache } from '../state/record-cache.ts'
import type { StateStore } from '../state/state-store.ts'
import { type AppState, type StateListener, StateMachine } from './app-state.ts'
import { announceShutdown } from './application-shutdown.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { deferred } from './deferred.ts'
import { errorHandler } from './error-handlers.ts'
import { GlobalReader } from './global-reader.ts'
import { GlobalState } from './global-state.ts'
import { loadTopology } from './load-topology.ts'
import { LocalThread } from './local-thread.ts'
import { addSnapshots, Metrics, type MetricsSnapshot } from './metrics.ts'
import { prepareCluster } from './prepare-cluster.ts'
import { RemoteThread, threadObstacles } from './remote-thread.ts'
import type { RestoreProgress, StandbyUpdate, StoreLag } from './restore-progress.ts'
import { StateCleaner } from './state-cleaner.ts'
import type { StreamThread, StreamThreadEvents, ThreadMetadata } from './stream-thread.ts'
import { StreamThreads } from './stream-threads.ts'
import { TaskLocks } from './task-locks.ts'
import { TopicNames } from './topic-names.ts'
import { answerToUncaught } from './uncaught-errors.ts'

export interface StreamsAppOptions extends StreamsOptions {
  /** Where topics are: `memoryLog()`, `kafkaLog({ brokers })`, … The app does not close it. */
  readonly log: Log
  /**
   * Makes the persistent stores, e.g. `rocksdbStores()`, for state larger than memory. Default: `offHeapStores()`, in memory and
   * in a local log below `stateDir`; on a log that does not outlive the process (`memoryLog()`) in memory only.
   */
  readonly stateStores?: ByteStoreFactory
  /** Called as stores are restored. */
  readonly onRestoreProgress?: (progress: RestoreProgress) => void
  /** Called as standbys follow their changelogs (KIP-988). */
  readonly onStandbyUpdate?: (update: StandbyUpdate) => void
}

export interface CloseOptions {
  /** Budget for the last commit and the farewell, ms. Default 30,000. */
  readonly timeoutMs?: number
  /**
   * Leave the group at once, so that others take the tasks over (KIP-812, KIP-1153). Default: a dynamic member leaves, a
   * static one (`instanceId`) keeps its place and its tasks until its session ends, so that a restart moves nothing.
   */
  readonly leaveGroup?: boolean
}

const CLOSE_MS = 30_000

export class StreamsApp implements AsyncDisposable {
  readonly #config: StreamsConfig
  readonly #options: StreamsAppOptions
  readonly #source: BuiltTopology | URL | string
  readonly #state = new StateMachine()
  readonly #metrics = new Metrics()
  readonly #finished = deferred<void>()
  readonly #processId: string
  readonly #hostProcessId: string
  #starting: Promise<void> = Promise.resolve()
  #plan: ClusterPlan | undefined
  #threads: StreamThreads | undefined
  #recordCache: RecordCache | undefined
  #globals: GlobalReader | undefined
  #globalState: GlobalState | undefined
  #locks: TaskLocks | undefined
  #paused = false
  #closing: Promise<void> | undefined
  #failing: Promise<void> | undefined
  #byteStores: ByteStoreFactory | undefined
  #stateStores: AsyncDisposable | undefined
  #cleaner: StateCleaner | undefined

  /**
   * @param topology what `builder.build()` gave, or the URL of a module that exports one.
   * @param hostProcessId what a worker thread's app is told by the one that made it: they die together.
   * @throws ConfigError listing everything that is wrong with the options.
   */
  constructor(topology: BuiltTopology | URL | string, options: StreamsAppOptions, hostProcessId?: string) {
    const {
      log,
      stateStores: _stores,
      onRestoreProgress: _restore,
      onStandbyUpdate: _standby,
      ...streamsOptions
    } = options
    this.#config = resolveConfig(streamsOptions)
    if (this.#config.processingGuarantee === 'exactly_once_v2' && log.capabilities.transactions !== 'v2') {
      throw new ConfigError([
        `The log ${log.name} cannot do exactly_once_v2 (transactions: ${log.capabilities.transactions}). Use another log adapter, or processingGuarantee 'at_least_once'.`,
      ])
    }
    this.#options = options
    this.#source = topology
    this.#processId = log.clock.uuid()
    this.#hostProcessId = hostProcessId ?? this.#processId
    // Who does not look at `finished` must not be ended by an unhandled rejection: the state says it too.
    this.#finished.promise.catch(() => {})
  }

  get state(): AppState {
    return this.#state.current
  }

  /** Settles when the app has ended: resolves after `close`, rejects with what made it fail. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  /** Called at each change of state. @returns a function that stops it. */
  onStateChange(listener: StateListener): () => void {
    return this.#state.listen(listener)
  }

  metrics(): MetricsSnapshot {
    return addSnapshots([this.#metrics.snapshot(), ...(this.#threads?.metrics() ?? [])])
  }

  /** The threads of this app, their states and the tasks they have (Kafka Streams' method of this name). */
  metadataForLocalThreads(): ThreadMetadata[] {
    return this.#threads?.metadata() ?? []
  }

  /** How far each store of this app is behind its changelog, standbys' too (Kafka Streams' method of this name). */
  allLocalStorePartitionLags(): StoreLag[] {
    return this.#threads?.lags() ?? []
  }

  /** State stores of this name in the tasks that run on this event loop, and the global one. */
  stores<S extends StateStore>(name: string): S[] {
    const local = this.#threads?.stores(name) ?? []
    return [...new Set([...local, this.#globalState?.store(name)])].filter((store) => store !== undefined) as S[]
  }

  /**
   * Checks the cluster, creates internal topics, fills global tables and starts working. Resolves when the worker has
   * started; `onStateChange` tells when its tasks run.
   * @throws ConfigError listing every problem of topology and cluster.
   */
  async start(): Promise<void> {
    if (!this.#state.to('rebalancing')) {
      throw new MillraceError(
        'MILLRACE_STATE',
        `An app can be started once; this one is ${this.state}. Make a new StreamsApp.`,
      )
    }
    this.#starting = this.#start()
    try {
      await this.#starting
    } catch (error) {
      await this.#fail(error)
      throw error
    }
  }

  /**
   * Adds a stream thread while the app runs (KIP-663): a worker thread where the topology is a module and no option holds
   * code, else one more worker on this event loop, which helps where workers wait and not where they compute. It joins the
   * group and gets its share of the tasks.
   * @returns its name, or undefined if the app is neither running nor rebalancing.
   */
  async addStreamThread(): Promise<string | undefined> {
    if (!this.#state.isRunningOrRebalancing) return undefined
    await this.#starting
    if (!this.#state.isRunningOrRebalancing || this.#plan?.subtopologies.length === 0) return undefined
    return this.#threads?.add()
  }

  /**
   * Ends the newest stream thread: it commits, leaves the group and its tasks go to other threads, here or elsewhere. An app
   * without threads keeps running, and does nothing until one is added.
   * @returns its name when it has ended, or undefined if there was none to end.
   * @throws MillraceError `MILLRACE_CLOSE_TIMEOUT` if it has not ended within the budget; it ends later.
   */
  async removeStreamThread(options: { readonly timeoutMs?: number } = {}): Promise<string | undefined> {
    if (!this.#state.isRunningOrRebalancing) return undefined
    const timeoutMs = options.timeoutMs ?? CLOSE_MS
    const removing = this.#threads?.remove({ timeoutMs, leaveGroup: true })
    if (!(await this.#within(timeoutMs, removing))) throw tooLate('thread', timeoutMs)
    return removing
  }

  /**
   * Stops processing, punctuations and restoring in this instance (KIP-834); what was processed is still committed, and the
   * app keeps its tasks. The state is not kept: an app that is made anew runs. May be called before `start`.
   */
  pause(): void {
    this.#paused = true
    this.#threads?.setPaused(true)
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#paused = false
    this.#threads?.setPaused(false)
  }

  get isPaused(): boolean {
    return this.#paused
  }

  /**
   * Commits, gives its tasks back to the group and ends.
   * @throws MillraceError `MILLRACE_CLOSE_TIMEOUT` if it did not end within the budget.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#failing ?? this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Removes the local state of this application below `stateDir`, before `start` or after the app has ended (Kafka Streams'
   * method of this name): the next start restores all of it from the changelogs. What other applications have there stays. On
   * a log that does not outlive the process, and with no `stateStores`, there is none.
   * @throws MillraceError `MILLRACE_STATE` while the app runs, `MILLRACE_STATE_LOCKED` if another app or process has the state
   *   open (then nothing was removed), `MILLRACE_CLEAN_UP` if the `stateStores` cannot remove theirs.
   */
  cleanUp(): void {
    if (this.state !== 'created' && !this.#state.hasEnded) {
      throw new MillraceError(
        'MILLRACE_STATE',
        `Local state cannot be removed while the app is ${this.state}. Close it first, or clean up before it is started.`,
      )
    }
    const { log, stateStores } = this.#options
    if (stateStores === undefined && !log.capabilities.durable) return
    const stores = stateStores ?? offHeapStores()
    if (stores.cleanUp === undefined) {
      throw new MillraceError(
        'MILLRACE_CLEAN_UP',
        `The ${stores.name} stores have no cleanUp. Remove their files yourself while no app has them open.`,
      )
    }
    stores.cleanUp(this.#config)
  }

  async #start(): Promise<void> {
    const { log } = this.#options
    const config = this.#config
    const obstacles = this.#obstacles()
    if (config.threads > 1 && obstacles.length > 0) throw new ConfigError(obstacles)
    const remote = config.threads > 1
    if (!remote) await this.#prepare()
    if (!this.#state.isRunningOrRebalancing) return
    if (this.#plan?.subtopologies.length === 0) {
      this.#state.to('running')
      return
    }
    this.#threads = new StreamThreads(
      {
        clock: log.clock,
        logger: config.logger,
        create: (index, isPaused, events) =>
          remote || (index > 1 && obstacles.length === 0)
            ? this.#remoteThread(index, isPaused, events)
            : this.#localThread(index, isPaused, events),
        onRunning: (running) => this.#state.to(running ? 'running' : 'rebalancing'),
        onFailure: (thread, error) => this.#threadFailed(thread, error),
      },
      this.#paused,
    )
    await this.#threads.start(config.threads)
  }

  /** What keeps this app's threads on this event loop. */
  #obstacles(): string[] {
    return threadObstacles({ topology: this.#source, log: this.#options.log, given: this.#options })
  }

  /** Everything that workers on this event loop share. */
  async #prepare(): Promise<void> {
    const { log } = this.#options
    const config = this.#config
    const topology = await loadTopology(this.#source)
    const plan = await prepareCluster(topology, config, log)
    this.#plan = plan
    if (topology.globalStores.length > 0 && this.#state.isRunningOrRebalancing) {
      this.#globalState = this.#createGlobalState(topology)
      this.#globalState.init()
      this.#globals = new GlobalReader(log, this.#globalState)
      await this.#globals.bootstrap((topic) => plan.partitionCount(topic) ?? 0)
      this.#globals.follow((error) => void this.#fail(error))
    }
    if (plan.subtopologies.length === 0) return
    this.#byteStores = this.#options.stateStores ?? this.#defaultStores(topology)
    this.#locks = this.#byteStores === undefined ? undefined : new TaskLocks(log.clock)
    this.#stateStores = await this.#byteStores?.prepare?.(config)
    this.#cleaner = this.#createCleaner()
    this.#cleaner?.start()
    this.#recordCache = config.cacheMaxBytes > 0 ? new RecordCache(config.cacheMaxBytes) : undefined
  }

  #localThread(index: number, paused: boolean, events: StreamThreadEvents): StreamThread {
    const { instanceId } = this.#config
    return new LocalThread(
      {
        index,
        processId: this.#processId,
        hostProcessId: this.#hostProcessId,
        instanceId: instanceId === undefined || index === 1 ? instanceId : `${instanceId}-${index}`,
        config: this.#config,
        log: this.#options.log,
        plan: this.#plan as ClusterPlan,
        metrics: this.#metrics,
        tasks: {
          recordCache: this.#recordCache,
          byteStores: this.#byteStores,
          locks: this.#locks,
          globalStore: (name) => this.#globalState?.store(name),
          onRestoreProgress: (progress) => this.#options.onRestoreProgress?.(progress),
          onStandbyUpdate: (update) => this.#options.onStandbyUpdate?.(update),
        },
      },
      paused,
      events,
    )
  }

  #remoteThread(index: number, paused: boolean, events: StreamThreadEvents): StreamThread {
    return new RemoteThread(
      {
        index,
        processId: this.#processId,
        topology: this.#source,
        log: this.#options.log,
        config: this.#config,
        given: this.#options,
        paused,
        onRestoreProgress: (progress) => this.#options.onRestoreProgress?.(progress),
        onStandbyUpdate: (update) => this.#options.onStandbyUpdate?.(update),
      },
      events,
    )
  }

  #threadFailed(thread: StreamThread, error: unknown): void {
    const { logger, uncaughtExceptionHandler } = this.#config
    const ends = !this.#state.isRunningOrRebalancing
    const answer = ends ? undefined : answerToUncaught(error, uncaughtExceptionHandler, logger)
    if (!ends && answer !== 'replace-thread') {
      void this.#fail(error, { thread: thread.name, wholeApplication: answer === 'shutdown-application' })
      return
    }
    this.#logError(error, thread.name)
    if (answer === 'replace-thread') this.#threads?.replace(thread)
  }

  async #close({ timeoutMs = CLOSE_MS, leaveGroup }: CloseOptions): Promise<void> {
    if (!this.#state.to('pending-shutdown')) return
    const inTime = await this.#within(timeoutMs, this.#end({ timeoutMs, leaveGroup }))
    this.#state.to('not-running')
    if (!inTime) {
      const error = tooLate('app', timeoutMs)
      this.#finished.reject(error)
      throw error
    }
    this.#finished.resolve()
  }

  /** Ends with an error, once; resolves when it has ended. */
  #fail(error: unknown, how: { thread?: string; wholeApplication?: boolean } = {}): Promise<void> {
    if (!this.#state.to('pending-error')) return this.#failing ?? Promise.resolve()
    this.#logError(error, how.thread)
    this.#failing = this.#failed(error, how.wholeApplication === true)
    return this.#failing
  }

  #logError(error: unknown, thread: string | undefined): void {
    const details = thread === undefined ? { error } : { thread, error }
    this.#config.logger.error(details, error instanceof Error ? error.message : String(error))
  }

  async #failed(error: unknown, wholeApplication: boolean): Promise<void> {
    if (wholeApplication) await this.#endApplication()
    await this.#within(CLOSE_MS, this.#end({ timeoutMs: CLOSE_MS, leaveGroup: undefined }))
    this.#state.to('error')
    this.#finished.reject(error)
  }

  async #endApplication(): Promise<void> {
    const { log } = this.#options
    const config = this.#config
    try {
      this.#plan ??= await prepareCluster(await loadTopology(this.#source), config, log)
      const told = await announceShutdown({ config, log, plan: this.#plan, timeoutMs: CLOSE_MS })
      if (!told) config.logger.error({}, 'the group did not take the request to shut the application down in time')
    } catch (error) {
      config.logger.error({ error }, 'could not ask the other instances to shut down; this one does')
    }
  }

  /** Ends all threads and gives back what they shared. Never rejects: what went wrong is in the log. */
  async #end(options: { timeoutMs: number; leaveGroup: boolean | undefined }): Promise<void> {
    const { logger } = this.#config
    try {
      // While it is being started, nobody but the start itself uses the global tables: it need not fill them any more.
      if (this.#threads === undefined) await this.#globals?.close()
      await this.#starting.catch(() => {})
      this.#cleaner?.close()
      await this.#threads?.close(options)
      await this.#globals?.close()
      await this.#stateStores?.[Symbol.asyncDispose]()
    } catch (error) {
      logger.error({ error }, 'could not close cleanly')
    }
  }

  /** True if the work is done within the time; its failure is the caller's. */
  async #within(timeoutMs: number, work: Promise<unknown> | undefined): Promise<boolean> {
    const budget = deferred<false>()
    const timer = this.#options.log.clock.setTimer(timeoutMs, () => budget.resolve(false))
    try {
      return await Promise.race([Promise.resolve(work).then(() => true), budget.promise])
    } finally {
      timer.cancel()
    }
  }

  /** On disk only where the changelogs are there after a restart too: another log's state must not be taken for theirs. */
  #defaultStores(topology: BuiltTopology): ByteStoreFactory | undefined {
    const { log } = this.#options
    const persistent = [...topology.stores.values()].some(({ builder }) => builder.persistent)
    if (!log.capabilities.durable || !persistent) return undefined
    return offHeapStores({
      onRebuilt: (event) =>
        this.#config.logger.warn(event, 'state on disk could not be trusted; it is restored from its changelog'),
    })
  }

  #createCleaner(): StateCleaner | undefined {
    const { applicationId, stateDir, stateCleanupDelayMs, logger } = this.#config
    const [stores, locks] = [this.#byteStores, this.#locks]
    if (stores === undefined || locks === undefined) return undefined
    const { clock } = this.#options.log
    return new StateCleaner({ stores, applicationId, stateDir, delayMs: stateCleanupDelayMs, locks, clock, logger })
  }

  #createGlobalState(topology: BuiltTopology): GlobalState {
    const config = this.#config
    return new GlobalState({
      topology,
      names: new TopicNames(config.applicationId, topology),
      clock: this.#options.log.clock,
      defaultKeySerde: config.defaultKeySerde,
      defaultValueSerde: config.defaultValueSerde,
      freezesValues: false,
      onDeserializationError: errorHandler(config.deserializationExceptionHandler, config.logger),
      onProcessingError: errorHandler(config.processingExceptionHandler, config.logger),
      openByteStore: (name, use) => new OffHeapStore(name, use),
      dropped: (task, node, reason) => this.#metrics.dropped(task, node, reason),
    })
  }
}

function tooLate(what: 'app' | 'thread', timeoutMs: number): MillraceError {
  return new MillraceError(
    'MILLRACE_CLOSE_TIMEOUT',
    `The ${what} did not close within ${timeoutMs} ms; what was not committed will be processed again. Allow more time with timeoutMs.`,
  )
}
