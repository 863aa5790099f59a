/** A worker as a process whose status is known and which can be killed with -9. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { WorkerSettings, WorkerStatus } from './settings.ts'

const SCRIPT = fileURLToPath(new URL('./worker.ts', import.meta.url))

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #logFile: string
  status: WorkerStatus = { state: 'created', active: [], standby: [], lag: 0 }

  constructor(settings: WorkerSettings, logFile: string) {
    this.#logFile = logFile
    this.#child = spawn(process.execPath, ['--conditions=millrace-source', SCRIPT, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', openSync(logFile, 'a')],
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.status = JSON.parse(line)
    })
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  get said(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.ended) return
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
  }
}
