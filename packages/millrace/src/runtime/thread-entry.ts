/**
 * The program of a worker thread: an app with one worker, told to close by a message. It reports states, metrics and
 * failures, and ends with its app.
 */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Log } from '../log/log.ts'
import { MillraceError } from '../record/errors.ts'
import { StreamsApp } from './streams-app.ts'
import type { CloseThread, ThreadData, ThreadMessage } from './thread-message.ts'

/** ms between two reports of metrics. */
const REPORT_MS = 250

const port = parentPort as MessagePort
const say = (message: ThreadMessage): void => port.postMessage(message)
const { topology, log: recipe, options } = workerData as ThreadData
const module = (await import(recipe.module)) as Record<string, (options: unknown) => Log>
const log = module[recipe.export](recipe.options)
const app = new StreamsApp(topology, { ...options, log })
app.onStateChange((state) => say({ type: 'state', state }))

let closing = false
port.on('message', async ({ timeoutMs }: CloseThread) => {
  closing = true
  await app.close({ timeoutMs }).catch(failed)
})

function failed(error: unknown): void {
  const code = error instanceof MillraceError ? error.code : 'MILLRACE_THREAD'
  say({ type: 'failed', code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}

async function report(): Promise<void> {
  while (!closing) {
    say({ type: 'metrics', metrics: app.metrics() })
    await log.clock.sleep(REPORT_MS)
  }
}

try {
  await app.start()
  say({ type: 'started' })
  void report()
  await app.finished
} catch (error) {
  failed(error)
} finally {
  closing = true
  say({ type: 'metrics', metrics: app.metrics() })
  await log.close().catch(() => {})
  port.close()
}
