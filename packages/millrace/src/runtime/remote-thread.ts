/**
 * A stream thread in a worker thread: an app of its own that loads the topology's module and makes the log anew, and so joins
 * the same group. Nothing is shared but messages: closures and an in-memory log cannot cross threads, which is an error at
 * start, with the remedy. What an app is told of (failures, log lines, restore progress) is answered in the thread that made it.
 */

import { Worker as Thread } from 'node:worker_threads'
import type { Logger, StreamsConfig } from '../config/streams-config.ts'
import type { Log } from '../log/log.ts'
import { ConfigError, MillraceError } from '../record/errors.ts'
import type { AppState } from './app-state.ts'
import { deferred } from './deferred.ts'
import type { MetricsSnapshot } from './metrics.ts'
import type { RestoreProgress, StandbyUpdate, StoreLag } from './restore-progress.ts'
import type {
  StopOptions,
  StreamThread,
  StreamThreadEvents,
  StreamThreadState,
  ThreadMetadata,
} from './stream-thread.ts'
import type { LogLevel, ThreadCommand, ThreadData, ThreadMessage } from './thread-message.ts'

export interface RemoteThreadOptions {
  readonly index: number
  readonly processId: string
  readonly topology: unknown
  readonly log: Log
  readonly config: StreamsConfig
  /** The app's options as they were given. */
  readonly given: object
  readonly paused: boolean
  onRestoreProgress(progress: RestoreProgress): void
  onStandbyUpdate(update: StandbyUpdate): void
}

type TaskLists = Pick<ThreadMetadata, 'activeTasks' | 'restoringTasks' | 'standbyTasks'>
const NO_TASKS: TaskLists = { activeTasks: [], restoringTasks: [], standbyTasks: [] }

/** Options that are answered here and so may be code. */
const ANSWERED_HERE = new Set(['log', 'logger', 'onRestoreProgress', 'onStandbyUpdate', 'uncaughtExceptionHandler'])

const STATES: Readonly<Partial<Record<AppState, StreamThreadState>>> = {
  rebalancing: 'partitions-assigned',
  running: 'running',
  'pending-shutdown': 'pending-shutdown',
  'pending-error': 'pending-shutdown',
}

/** What cannot be sent to a thread, as problems with remedies. */
export function threadObstacles(options: Pick<RemoteThreadOptions, 'topology' | 'log' | 'given'>): string[] {
  const { topology, log, given } = options
  const problems: string[] = []
  if (typeof topology !== 'string' && !(topology instanceof URL)) {
    problems.push('threads: a topology object cannot cross threads. Export it from a module and give the app its URL.')
  }
  if (log.recipe === undefined) {
    problems.push(`threads: the log ${log.name} lives in this thread only. Use threads: 1 with it, or a log on Kafka.`)
  }
  for (const [name, value] of Object.entries(given)) {
    if (ANSWERED_HERE.has(name) || value === undefined || isPlain(value)) continue
    problems.push(`threads: ${name} holds code, which cannot cross threads. Use a value by name, or threads: 1.`)
  }
  return problems
}

function isPlain(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

export class RemoteThread implements StreamThread {
  readonly name: string
  readonly #options: RemoteThreadOptions
  readonly #events: StreamThreadEvents
  readonly #started = deferred<void>()
  readonly #ended = deferred<void>()
  #thread: Thread | undefined
  #state: StreamThreadState = 'created'
  #metrics: MetricsSnapshot | undefined
  #metadata: TaskLists = NO_TASKS
  #lags: readonly StoreLag[] = []
  #failure: unknown

  constructor(options: RemoteThreadOptions, events: StreamThreadEvents) {
    const problems = threadObstacles(options)
    if (problems.length > 0) throw new ConfigError(problems)
    this.#options = options
    this.#events = events
    this.name = `${options.config.applicationId}-${options.processId}-${options.index}`
    for (const { promise } of [this.#started, this.#ended]) promise.catch(() => {})
  }

  get state(): StreamThreadState {
    return this.#state
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  start(): Promise<void> {
    const thread = new Thread(new URL('./thread-entry.ts', import.meta.url), { workerData: this.#data() })
    this.#thread = thread
    this.#to('starting')
    thread.on('error', (error) => {
      this.#failure ??= error
    })
    thread.on('message', (message: ThreadMessage) => this.#receive(message))
    thread.once('exit', (code) => this.#exited(code))
    return this.#started.promise
  }

  stop({ leaveGroup, timeoutMs }: StopOptions): void {
    this.#say({ type: 'close', timeoutMs, leaveGroup })
    this.#to('pending-shutdown')
  }

  setPaused(paused: boolean): void {
    this.#say({ type: 'pause', paused })
  }

  metadata(): ThreadMetadata {
    return { threadName: this.name, threadState: this.#state, runsOn: 'worker-thread', ...this.#metadata }
  }

  lags(): readonly StoreLag[] {
    return this.#lags
  }

  metrics(): MetricsSnapshot | undefined {
    return this.#metrics
  }

  /** Stores cannot be read across threads. */
  stores(): [] {
    return []
  }

  #data(): ThreadData {
    const { topology, log, config, given, index, paused, processId } = this.#options
    const options = Object.fromEntries(
      Object.entries(given).filter(([name]) => name !== 'threads' && !ANSWERED_HERE.has(name)),
    )
    return {
      topology: String(topology),
      log: log.recipe as NonNullable<Log['recipe']>,
      hostProcessId: processId,
      paused,
      options: {
        ...options,
        applicationId: config.applicationId,
        cacheMaxBytes: Math.floor(config.cacheMaxBytes / config.threads),
        ...(config.instanceId === undefined ? {} : { instanceId: `${config.instanceId}-${index}` }),
      },
    }
  }

  #receive(message: ThreadMessage): void {
    const { config, onRestoreProgress, onStandbyUpdate } = this.#options
    if (message.type === 'started') this.#started.resolve()
    else if (message.type === 'report') {
      this.#metrics = message.metrics
      const { activeTasks, restoringTasks, standbyTasks } = message
      this.#metadata = { activeTasks, restoringTasks, standbyTasks }
      this.#lags = message.lags
    } else if (message.type === 'failed') {
      const { code, text, coordinates } = message
      this.#failure ??= new MillraceError(code, text, coordinates === undefined ? {} : { coordinates })
    } else if (message.type === 'log') write(config.logger, message.level, message.details, message.text, this.name)
    else if (message.type === 'restore') onRestoreProgress(message.progress)
    else if (message.type === 'standby') onStandbyUpdate(message.update)
    else this.#to(STATES[message.state] ?? this.#state)
  }

  #exited(code: number): void {
    const told = this.#state === 'pending-shutdown'
    this.#to('dead')
    this.#metadata = NO_TASKS
    this.#lags = []
    if (this.#failure === undefined && (told || code === 0)) {
      this.#started.resolve()
      this.#ended.resolve()
      return
    }
    const failure =
      this.#failure ??
      new MillraceError('MILLRACE_THREAD', `Thread ${this.name} ended unexpectedly (exit code ${code}).`)
    this.#started.reject(failure)
    this.#ended.reject(failure)
  }

  #say(command: ThreadCommand): void {
    if (this.#state !== 'dead') this.#thread?.postMessage(command)
  }

  #to(state: StreamThreadState): void {
    if (this.#state === state || this.#state === 'dead') return
    if (this.#state === 'pending-shutdown' && state !== 'dead') return
    this.#state = state
    this.#events.onState()
  }
}

function write(logger: Logger, level: LogLevel, details: object, message: string, thread: string): void {
  logger[level]({ thread, ...details }, message)
}
