/**
 * The program of a worker thread: an app with one worker, told to close by a message. It reports states, metrics, log lines
 * and failures, and ends with its app; what a failure means is decided by the app that made the thread.
 */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Logger } from '../config/streams-config.ts'
import type { Log } from '../log/log.ts'
import { MillraceError } from '../record/errors.ts'
import { StreamsApp } from './streams-app.ts'
import type { LogLevel, ThreadCommand, ThreadData, ThreadMessage } from './thread-message.ts'

/** ms between two reports. */
const REPORT_MS = 250

const port = parentPort as MessagePort
const say = (message: ThreadMessage): void => port.postMessage(message)
const { topology, log: recipe, hostProcessId, options, paused } = workerData as ThreadData
const module = (await import(recipe.module)) as Record<string, (options: unknown) => Log>
const log = module[recipe.export](recipe.options)
const app = new StreamsApp(
  topology,
  {
    ...options,
    log,
    logger: forwardingLogger(),
    onRestoreProgress: (progress) => say({ type: 'restore', progress }),
    onStandbyUpdate: (update) => say({ type: 'standby', update }),
  },
  hostProcessId,
)
if (paused) app.pause()
app.onStateChange((state) => say({ type: 'state', state }))

let closing = false
port.on('message', async (command: ThreadCommand) => {
  if (command.type === 'pause') {
    if (command.paused) app.pause()
    else app.resume()
    return
  }
  closing = true
  await app.close(command).catch(failed)
})

function forwardingLogger(): Logger {
  const at =
    (level: LogLevel) =>
    (details: object, text: string): void => {
      try {
        say({ type: 'log', level, details, text })
      } catch {
        // Something in the details cannot be copied.
        say({ type: 'log', level, details: { details: String(details) }, text })
      }
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function failed(error: unknown): void {
  const known = error instanceof MillraceError ? error : undefined
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  say({ type: 'failed', code: known?.code ?? 'MILLRACE_THREAD', text, coordinates: known?.coordinates })
}

function report(): void {
  const threads = app.metadataForLocalThreads()
  say({
    type: 'report',
    metrics: app.metrics(),
    activeTasks: threads.flatMap(({ activeTasks }) => activeTasks),
    restoringTasks: threads.flatMap(({ restoringTasks }) => restoringTasks),
    standbyTasks: threads.flatMap(({ standbyTasks }) => standbyTasks),
    lags: app.allLocalStorePartitionLags(),
  })
}

async function reportOnAndOn(): Promise<void> {
  while (!closing) {
    report()
    await log.clock.sleep(REPORT_MS)
  }
}

try {
  await app.start()
  say({ type: 'started' })
  void reportOnAndOn()
  await app.finished
} catch (error) {
  failed(error)
} finally {
  closing = true
  report()
  await log.close().catch(() => {})
  port.close()
}
