/**
 * `threads: n`: one worker thread each, every one a StreamsApp of its own that loads the topology module and makes the log
 * anew, and so joins the same group. Nothing is shared but messages: closures and an in-memory log cannot cross threads,
 * which is an error at start, with the remedy.
 */

import { Worker as Thread } from 'node:worker_threads'
import type { StreamsConfig } from '../config/streams-config.ts'
import type { Log } from '../log/log.ts'
import { ConfigError, MillraceError } from '../record/errors.ts'
import type { AppState } from './app-state.ts'
import type { MetricsSnapshot } from './metrics.ts'
import type { ThreadData, ThreadMessage } from './thread-message.ts'

export interface ThreadPoolOptions {
  readonly topology: unknown
  readonly log: Log
  readonly config: StreamsConfig
  readonly given: object
  onRunning(running: boolean): void
  onFailure(error: unknown): void
}

interface Running {
  readonly thread: Thread
  readonly ended: Promise<void>
  state: AppState
  metrics: MetricsSnapshot | undefined
}

/** What cannot be sent to a thread, as problems with remedies. */
function obstacles({ topology, log, given }: ThreadPoolOptions): string[] {
  const problems: string[] = []
  if (typeof topology !== 'string' && !(topology instanceof URL)) {
    problems.push('threads: a topology object cannot cross threads. Export it from a module and give the app its URL.')
  }
  if (log.recipe === undefined) {
    problems.push(`threads: the log ${log.name} lives in this thread only. Use threads: 1 with it, or a log on Kafka.`)
  }
  for (const [name, value] of Object.entries(given)) {
    if (name === 'log' || value === undefined || isPlain(value)) continue
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

export class ThreadPool {
  readonly #running: Running[] = []
  readonly #options: ThreadPoolOptions

  constructor(options: ThreadPoolOptions) {
    const problems = obstacles(options)
    if (problems.length > 0) throw new ConfigError(problems)
    this.#options = options
  }

  /** Starts all threads; resolves when each has started. */
  async start(): Promise<void> {
    const { config } = this.#options
    await Promise.all(Array.from({ length: config.threads }, (_, index) => this.#startOne(index)))
  }

  #startOne(index: number): Promise<void> {
    const { topology, log, config, given } = this.#options
    const { log: _log, threads: _threads, ...options } = given as Record<string, unknown>
    const data: ThreadData = {
      topology: String(topology),
      log: log.recipe as NonNullable<Log['recipe']>,
      options: {
        ...options,
        applicationId: config.applicationId,
        cacheMaxBytes: Math.floor(config.cacheMaxBytes / config.threads),
        ...(config.instanceId === undefined ? {} : { instanceId: `${config.instanceId}-${index + 1}` }),
      },
    }
    const thread = new Thread(new URL('./thread-entry.ts', import.meta.url), { workerData: data })
    return new Promise((resolve, reject) => {
      const running: Running = {
        thread,
        state: 'created',
        metrics: undefined,
        ended: new Promise((ended) => {
          thread.once('exit', (code) => {
            ended()
            if (running.state === 'not-running' || running.state === 'error') return
            fail(
              new MillraceError(
                'MILLRACE_THREAD',
                `Worker thread ${index + 1} ended unexpectedly (exit code ${code}).`,
              ),
            )
          })
        }),
      }
      const fail = (error: unknown): void => {
        running.state = 'error'
        reject(error)
        this.#options.onFailure(error)
      }
      this.#running.push(running)
      thread.on('error', fail)
      thread.on('message', (message: ThreadMessage) => {
        if (message.type === 'started') resolve()
        else if (message.type === 'metrics') running.metrics = message.metrics
        else if (message.type === 'failed') fail(new MillraceError(message.code, message.message))
        else {
          running.state = message.state
          this.#options.onRunning(this.#running.every(({ state }) => state === 'running'))
        }
      })
    })
  }

  /** Sums of what the threads reported last. */
  metrics(): MetricsSnapshot[] {
    return this.#running.flatMap(({ metrics }) => (metrics === undefined ? [] : [metrics]))
  }

  async close(timeoutMs: number): Promise<void> {
    for (const { thread } of this.#running) thread.postMessage({ type: 'close', timeoutMs })
    await Promise.all(this.#running.map(({ ended }) => ended))
  }
}
