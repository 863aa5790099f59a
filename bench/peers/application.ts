/**
 * One application on topics of its own, with any number of workers: what latency, silence and start-up are measured on.
 * Disposed, its workers are killed, its topics and directories deleted.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from 'millrace/log'
import type { RunOptions } from './bench-options.ts'
import { processingGuarantee } from './peer.ts'
import { PeerProcess } from './peer-process.ts'
import { peerNamed } from './peers.ts'
import { internalTopics } from './progress.ts'

export interface ApplicationOptions {
  readonly peer: string
  readonly pipeline: string
  readonly brokers: string
  readonly options: RunOptions
}

let applications = 0

export class Application implements AsyncDisposable {
  readonly input: string
  readonly output: string
  readonly #id: string
  readonly #log: Log
  readonly #options: ApplicationOptions
  readonly #workers: PeerProcess[] = []
  readonly #directories: string[] = []

  /** Its pipeline reads `events`, nothing else. */
  static async create(log: Log, options: ApplicationOptions): Promise<Application> {
    const application = new Application(log, options)
    const { partitions } = options.options
    const config = { 'retention.ms': '-1' }
    await log.admin.createTopics([application.input, application.output].map((name) => ({ name, partitions, config })))
    return application
  }

  private constructor(log: Log, options: ApplicationOptions) {
    this.#log = log
    this.#options = options
    this.#id = `app-${options.pipeline}-${options.peer}-${process.pid}-${applications++}`
    this.input = `${this.#prefix}events`
    this.output = `output-of-${this.#id}`
  }

  get #prefix(): string {
    return `input-of-${this.#id}-`
  }

  /** Starts one more; its `running` tells when it processes. */
  startWorker(): PeerProcess {
    const { peer, pipeline, brokers, options } = this.#options
    const { guarantee, threads, store, commitMs, cacheBytes, lingerMs } = options
    const stateDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
    this.#directories.push(stateDir)
    const settings = { guarantee: processingGuarantee(guarantee), threads, store, commitMs, cacheBytes, lingerMs }
    const topics = { brokers, inputPrefix: this.#prefix, output: this.output }
    const run = { ...settings, ...topics, pipeline, applicationId: this.#id, stateDir }
    const worker = new PeerProcess(peerNamed(peer).command(run))
    this.#workers.push(worker)
    return worker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) worker.kill()
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true })
    const internal = (await internalTopics(this.#log, this.#id)).map(({ name }) => name)
    await this.#log.admin.deleteTopics([this.input, this.output, ...internal])
  }
}
