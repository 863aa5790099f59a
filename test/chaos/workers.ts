/**
 * The worker processes of a run: three slots, each with a process that is started again whenever it ends. Kills are ours;
 * a process that ends by itself is counted apart, with what it said last.
 *
 * A spare process has loaded the code and waits to be told what it is: what a run measures is how a worker comes back, not
 * how long this machine takes to load its code while everything else runs.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TransactionNote } from './transaction-probe.ts'

export interface WorkerSettings {
  readonly slot: number
  readonly log: 'kafka' | 'kafkajs'
  readonly brokers: readonly string[]
  /** Ports of proxies on this machine by the `HOST:PORT` they stand for; empty: none. */
  readonly proxies: Readonly<Record<string, number>>
  readonly applicationId: string
  readonly guarantee: 'exactly_once' | 'at_least_once'
  readonly store: string
  readonly stateDir: string
  readonly noteFile: string
  readonly logFile: string
  readonly instanceId: string | undefined
}

export type WorkersOptions = Omit<WorkerSettings, 'slot' | 'stateDir' | 'noteFile' | 'logFile' | 'instanceId'> & {
  /** The program of a worker process. */
  readonly script: string
  readonly folder: string
  readonly staticMembers: boolean
}

/** A kill of ours. */
interface Death {
  readonly deleteState: boolean
  /** What its transaction was at. */
  note: TransactionNote
}

const SLOTS = 3
/** A worker that cannot even start must not be started in a tight loop. */
const RESTART_PAUSE_MS = 300

export class Workers {
  readonly #options: WorkersOptions
  readonly #running: (ChildProcess | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #killed = new Map<ChildProcess, Death>()
  /** By process: settles when it has ended and what it leaves is seen to. */
  readonly #ends = new Map<ChildProcess, Promise<unknown>>()
  #spare: ChildProcess
  #closing = false
  restarts = 0
  /** What processes that ended by themselves said last. */
  readonly failures: string[] = []

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#spare = this.#load()
    for (let slot = 0; slot < SLOTS; slot++) this.#start(slot)
  }

  get count(): number {
    return SLOTS
  }

  /**
   * kill -9; undefined if the slot is just being restarted: no process, or one that still loads its code and has not opened
   * its log. @returns the state of its transaction at that moment.
   */
  async kill(slot: number, deleteState: boolean): Promise<TransactionNote | undefined> {
    const child = this.#running[slot]
    if (child === undefined || child.exitCode !== null || !existsSync(this.#file(slot, 'note'))) return undefined
    const death: Death = { deleteState, note: '-' }
    this.#killed.set(child, death)
    child.kill('SIGKILL')
    await this.#ends.get(child)
    return death.note
  }

  /** Asks all to close cleanly. @returns exit codes and signals other than 0. */
  async close(timeoutMs: number): Promise<string[]> {
    this.#closing = true
    this.#spare.kill('SIGKILL')
    const children = this.#running.filter((child) => child !== undefined)
    for (const child of children) child.kill('SIGTERM')
    const timer = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL')
    }, timeoutMs)
    await Promise.all(this.#ends.values())
    clearTimeout(timer)
    return (
      children
        // Whom SIGTERM itself ended was still starting: there was nothing to close.
        .filter((child) => child.exitCode !== 0 && child.signalCode !== 'SIGTERM')
        .map((child) => `worker ${child.pid} did not close cleanly: ${child.signalCode ?? child.exitCode}`)
    )
  }

  #file(slot: number, kind: 'log' | 'note' | 'state'): string {
    return join(this.#options.folder, `worker-${slot}.${kind}`)
  }

  #start(slot: number): void {
    const { folder: _folder, script: _script, staticMembers, ...shared } = this.#options
    const settings: WorkerSettings = {
      ...shared,
      slot,
      stateDir: this.#file(slot, 'state'),
      noteFile: this.#file(slot, 'note'),
      logFile: this.#file(slot, 'log'),
      instanceId: staticMembers ? `slot-${slot}` : undefined,
    }
    const child = this.#spare.exitCode === null ? this.#spare : this.#load()
    child.stdin?.write(`${JSON.stringify(settings)}\n`)
    this.#spare = this.#load()
    this.#running[slot] = child
    this.#ends.set(
      child,
      once(child, 'exit').then(() => this.#ended(slot, child)),
    )
  }

  #load(): ChildProcess {
    const { folder, script, log } = this.#options
    const output = openSync(join(folder, 'workers.log'), 'a')
    const child = spawn(process.execPath, ['--conditions=millrace-source', script, log], {
      stdio: ['pipe', output, output],
      // Loading costs half as much with what the first one compiled.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    })
    closeSync(output)
    child.stdin?.on('error', () => {})
    return child
  }

  async #ended(slot: number, child: ChildProcess): Promise<void> {
    this.#running[slot] = undefined
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    const death = this.#killed.get(child)
    const note = this.#file(slot, 'note')
    if (death !== undefined) {
      death.note = readFileSync(note, 'utf8') as TransactionNote
      if (death.deleteState) rmSync(this.#file(slot, 'state'), { recursive: true, force: true })
    }
    rmSync(note, { force: true })
    const cause = death === undefined ? '' : `, killed by the run${death.deleteState ? ', its state deleted' : ''}`
    appendFileSync(this.#file(slot, 'log'), `--- ${new Date().toISOString()} ${child.pid} ended: ${how}${cause}\n`)
    if (this.#closing) return
    if (death === undefined) {
      this.failures.push(`slot ${slot}: ${how}: ${this.#lastError(slot)}`)
      await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE_MS))
      if (this.#closing) return
    }
    this.restarts++
    this.#start(slot)
  }

  #lastError(slot: number): string {
    const lines = readFileSync(this.#file(slot, 'log'), 'utf8').trim().split('\n')
    return lines.findLast((line) => / error |Error/.test(line)) ?? '(it said nothing)'
  }
}
