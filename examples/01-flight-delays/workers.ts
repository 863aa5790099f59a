/**
 * The workers of a run: apps in this process on the embedded log, processes on Kafka. A worker process that dies is
 * started again.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Log } from 'millrace/log'
import { createApp } from './app.ts'

export interface Workers {
  /** Rejects if a worker fails in a way that a restart cannot mend. */
  readonly failed: Promise<never>
  close(): Promise<void>
}

export async function startApps(log: Log, count: number, applicationId: string, prefix: string): Promise<Workers> {
  const apps = Array.from({ length: count }, (_, worker) => createApp(log, applicationId, prefix, worker))
  const failed = Promise.race(apps.map((app) => app.finished.then(() => new Promise<never>(() => {}))))
  failed.catch(() => {})
  await Promise.all(apps.map((app) => app.start()))
  return {
    failed,
    close: async () => {
      await Promise.all(apps.map((app) => app.close()))
    },
  }
}

/** More deaths than this within a run are no accident. */
const MAX_RESTARTS = 20

export function startProcesses(
  brokers: readonly string[],
  count: number,
  applicationId: string,
  prefix: string,
): Workers {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  const running = new Set<ChildProcess>()
  let closing = false
  let restarts = 0
  const start = (worker: number): void => {
    const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
    const child = spawn(
      process.execPath,
      ['--conditions=millrace-source', script, brokers.join(','), applicationId, prefix, `${worker}`],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    running.add(child)
    console.error(`worker ${child.pid}`)
    child.once('exit', (code, signal) => {
      running.delete(child)
      if (closing) return
      console.error(`worker ${child.pid} ended (${signal ?? code}); starting another`)
      if (++restarts > MAX_RESTARTS) failure.reject(new Error(`workers died ${restarts} times`))
      else start(worker)
    })
  }
  for (let worker = 0; worker < count; worker++) start(worker)
  return {
    failed: failure.promise,
    close: async () => {
      closing = true
      const ended = [...running].map((child) => once(child, 'exit'))
      for (const child of running) child.kill('SIGTERM')
      await Promise.all(ended)
    },
  }
}
