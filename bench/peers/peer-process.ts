/**
 * A peer's process as the harness sees it: started, watched through /proc so that every peer is measured the same way,
 * stopped by the end of its stdin. It ends with this process, however that ends, for then its stdin ends too.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from './peer.ts'

/** CPU times in /proc are in ticks of 1/100 s on every Linux. */
const TICK_MICROS = 10_000

export class PeerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  readonly #lines: string[] = []
  /** Resolves when the peer processes; rejects if it ends before. */
  readonly running: Promise<void>
  /** What a peer without a consumer group has said of how far it is. */
  said = { records: 0, done: false }

  constructor({ program, parameters, environment }: Command) {
    this.#child = spawn(program, parameters, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    const { stdout, stderr } = this.#child
    if (stdout === null || stderr === null) throw new Error('unreachable: both are pipes')
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', resolve)
    })
    this.#ended.catch(() => {})
    createInterface(stderr).on('line', (line) => this.#remember(line))
    this.running = new Promise((resolve, reject) => {
      createInterface(stdout).on('line', (line) => {
        if (line.startsWith('{"event":"running"')) resolve()
        else if (line.startsWith('{"event":"progress"'))
          this.said.records = (JSON.parse(line) as { records: number }).records
        else if (line.startsWith('{"event":"done"')) this.said.done = true
        else this.#remember(line)
      })
      this.#ended.then(() => reject(this.#failure('ended before it processed')), reject)
    })
    this.running.catch(() => {})
  }

  /** CPU time of the process so far, µs. @throws Error if it has ended. */
  cpuMicros(): number {
    let stat: string
    try {
      stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    } catch {
      throw this.#failure('ended by itself')
    }
    // After the command in parentheses: state is field 3, utime 14, stime 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') throw this.#failure('ended by itself')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS
  }

  /** Highest resident memory so far, MiB. */
  peakRssMiB(): number {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? []
    return Math.round(Number(kib) / 1024)
  }

  /** Lets it close. @throws Error if it takes longer than a minute or fails. */
  async stop(): Promise<void> {
    this.#child.stdin?.end()
    const timer = setTimeout(() => this.kill(), 60_000)
    const code = await this.#ended
    clearTimeout(timer)
    if (code !== 0) throw this.#failure(`ended with ${code}`)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #remember(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > 40) this.#lines.shift()
  }

  #failure(what: string): Error {
    return new Error(`the peer ${what}:\n${this.#lines.join('\n')}`)
  }
}
