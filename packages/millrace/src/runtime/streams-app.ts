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
import { RecordCache } from '../state/record-cache.ts'
import type { StateStore } from '../state/state-store.ts'
import { type AppState, type StateListener, StateMachine } from './app-state.ts'
import { deferred } from './deferred.ts'
import { errorHandler } from './error-handlers.ts'
import { GlobalReader } from './global-reader.ts'
import { GlobalState } from './global-state.ts'
import { loadTopology } from './load-topology.ts'
import { addSnapshots, Metrics, type MetricsSnapshot } from './metrics.ts'
import { prepareCluster } from './prepare-cluster.ts'
import type { RestoreProgress } from './restorer.ts'
import { ThreadPool } from './thread-pool.ts'
import { TopicNames } from './topic-names.ts'
import { Worker } from './worker.ts'

export interface StreamsAppOptions extends StreamsOptions {
  /** Where topics are: `memoryLog()`, `kafkaLog({ brokers })`, … The app does not close it. */
  readonly log: Log
  /** Makes the persistent stores, e.g. `rocksdb()`. Default: stores are in memory and restored from their changelogs. */
  readonly stateStores?: ByteStoreFactory
  /** Called as stores are restored. */
  readonly onRestoreProgress?: (progress: RestoreProgress) => void
}

export interface CloseOptions {
  /** Budget for the last commit and the farewell, ms. Default 30,000. */
  readonly timeoutMs?: number
}

export class StreamsApp implements AsyncDisposable {
  readonly #config: StreamsConfig
  readonly #options: StreamsAppOptions
  readonly #source: BuiltTopology | URL | string
  readonly #state = new StateMachine()
  readonly #metrics = new Metrics()
  readonly #finished = deferred<void>()
  #worker: Worker | undefined
  #working: Promise<void> = Promise.resolve()
  #globals: GlobalReader | undefined
  #threads: ThreadPool | undefined
  #globalState: GlobalState | undefined
  #closing: Promise<void> | undefined
  #stateStores: AsyncDisposable | undefined

  /**
   * @param topology what `builder.build()` gave, or the URL of a module that exports one.
   * @throws ConfigError listing everything that is wrong with the options.
   */
  constructor(topology: BuiltTopology | URL | string, options: StreamsAppOptions) {
    const { log, stateStores: _stores, onRestoreProgress: _listener, ...streamsOptions } = options
    this.#config = resolveConfig(streamsOptions)
    if (this.#config.processingGuarantee === 'exactly_once_v2' && log.capabilities.transactions !== 'v2') {
      throw new ConfigError([
        `The log ${log.name} cannot do exactly_once_v2 (transactions: ${log.capabilities.transactions}). Use another log adapter, or processingGuarantee 'at_least_once'.`,
      ])
    }
    this.#options = options
    this.#source = topology
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

  /** State stores of this name in the tasks that run here, and the global one. */
  stores<S extends StateStore>(name: string): S[] {
    const local = this.#worker?.tasks.map((task) => task.store(name)) ?? []
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
    try {
      await this.#start()
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  /** Commits, gives its tasks back to the group and ends. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 30_000)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(): Promise<void> {
    if (this.#config.threads > 1) return this.#startThreads()
    const { log } = this.#options
    const config = this.#config
    const topology = await loadTopology(this.#source)
    const plan = await prepareCluster(topology, config, log)
    if (topology.globalStores.length > 0) {
      this.#globalState = this.#createGlobalState(topology)
      this.#globalState.init()
      this.#globals = new GlobalReader(log, this.#globalState)
      await this.#globals.bootstrap((topic) => plan.partitionCount(topic) ?? 0)
      this.#globals.follow((error) => this.#fail(error))
    }
    if (topology.subtopologies.length === 0) {
      this.#state.to('running')
      return
    }
    this.#stateStores = await this.#options.stateStores?.prepare?.(config)
    this.#worker = new Worker({
      index: 1,
      processId: log.clock.uuid(),
      config,
      log,
      plan,
      metrics: this.#metrics,
      tasks: {
        recordCache: config.cacheMaxBytes > 0 ? new RecordCache(config.cacheMaxBytes) : undefined,
        byteStores: this.#options.stateStores,
        globalStore: (name) => this.#globalState?.store(name),
        onRestoreProgress: (progress) => this.#options.onRestoreProgress?.(progress),
      },
      onRunning: (running) => this.#state.to(running ? 'running' : 'rebalancing'),
    })
    this.#working = this.#worker.run().catch((error) => this.#fail(error))
  }

  async #startThreads(): Promise<void> {
    this.#threads = new ThreadPool({
      topology: this.#source,
      log: this.#options.log,
      config: this.#config,
      given: this.#options,
      onRunning: (running) => this.#state.to(running ? 'running' : 'rebalancing'),
      onFailure: (error) => this.#fail(error),
    })
    await this.#threads.start()
  }

  async #close(timeoutMs: number): Promise<void> {
    if (this.state === 'error' || !this.#state.to('pending-shutdown')) return
    this.#worker?.stop()
    const ended = Promise.all([this.#working, this.#globals?.close(), this.#threads?.close(timeoutMs)])
    const budget = deferred<'late'>()
    const timer = this.#options.log.clock.setTimer(timeoutMs, () => budget.resolve('late'))
    const outcome = await Promise.race([ended, budget.promise])
    timer.cancel()
    this.#state.to('not-running')
    if (outcome === 'late') {
      const error = new MillraceError(
        'MILLRACE_CLOSE_TIMEOUT',
        `The app did not close within ${timeoutMs} ms; what was not committed will be processed again. Allow more time with close({ timeoutMs }).`,
      )
      this.#finished.reject(error)
      throw error
    }
    await this.#closeStateStores()
    this.#finished.resolve()
  }

  #fail(error: unknown): void {
    if (!this.#state.to('pending-error')) return
    this.#config.logger.error({ error }, error instanceof Error ? error.message : String(error))
    this.#worker?.stop()
    this.#state.to('error')
    this.#finished.reject(error)
    this.#globals?.close().catch(() => {})
    this.#threads?.close(0).catch(() => {})
    this.#working.then(() => this.#closeStateStores()).catch(() => {})
  }

  /** After the worker has closed its tasks, and with them their stores. */
  async #closeStateStores(): Promise<void> {
    const stores = this.#stateStores
    this.#stateStores = undefined
    await stores?.[Symbol.asyncDispose]()
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
