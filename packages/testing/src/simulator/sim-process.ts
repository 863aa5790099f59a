/**
 * A simulated process: one StreamsApp with a clock, a connection to the broker and a machine's disk. It can be killed at
 * any port call, paused, or closed; a killed one is simply never heard of again.
 */

import { type BuiltTopology, StreamsApp, type StreamsOptions } from 'millrace'
import type { Log, LogCall, LogError, MemoryLog } from 'millrace/log'
import type { FaultPlan } from './fault-plan.ts'
import { network } from './network.ts'
import { observed } from './observed-log.ts'
import type { Ownership } from './ownership.ts'
import { ProcessClock } from './process-clock.ts'
import type { Random } from './random.ts'
import { type MachineDisk, SimDiskError } from './sim-disk.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SimProcessOptions {
  readonly name: string
  readonly time: VirtualTime
  readonly random: Random
  readonly broker: MemoryLog
  readonly disk: MachineDisk
  readonly topology: BuiltTopology
  readonly config: StreamsOptions
  readonly requestTimeoutMs: number
  readonly ownership: Ownership
  /** A planted bug's way to the log; the log as it is, where none is planted. */
  plant(log: Log): Log
  faults(): FaultPlan
  brokerUp(): boolean
  dies(phase: 'before' | 'after'): boolean
  broken(call: LogCall): LogError | undefined
  note(who: string, what: string): void
  /** The app ended by itself with an error that no disk fault explains. */
  failed(error: unknown): void
}

export type ProcessState = 'up' | 'killed' | 'failed' | 'closed'

export class SimProcess {
  readonly name: string
  readonly app: StreamsApp
  readonly clock: ProcessClock
  readonly #options: SimProcessOptions
  state: ProcessState = 'up'

  constructor(options: SimProcessOptions) {
    this.#options = options
    this.name = options.name
    const { time, random, broker, disk } = options
    const clock = new ProcessClock(time, random.fork())
    this.clock = clock
    const interceptor = network({
      time,
      clock,
      random: random.fork(),
      requestTimeoutMs: options.requestTimeoutMs,
      faults: () => options.faults(),
      brokerUp: () => options.brokerUp(),
      dies: (phase) => options.dies(phase),
      broken: (call) => options.broken(call),
      crash: (why) => this.kill(why),
      pause: () => this.pause(random.between(0.9, 1.8) * (options.config.sessionTimeoutMs as number)),
      note: (what) => this.note(what),
    })
    const connection = broker.connect({ clock, interceptor, requestTimeoutMs: options.requestTimeoutMs })
    const log = observed(options.plant(connection), options.ownership)
    this.app = new StreamsApp(options.topology, { ...options.config, log, stateStores: disk })
    this.app.onStateChange((state) => this.note(state))
    this.app.finished.then(
      () => this.#ended('closed'),
      (error) => this.#failed(error),
    )
  }

  start(): void {
    this.note('start')
    // A failure also settles `finished`.
    this.app.start().catch(() => {})
  }

  note(what: string): void {
    this.#options.note(this.name, what)
  }

  kill(why: string): void {
    if (this.state !== 'up') return
    this.note(`killed ${why}`)
    this.state = 'killed'
    this.clock.kill()
    this.#options.disk.crash()
  }

  pause(forMs: number): void {
    if (this.state !== 'up' || this.clock.paused) return
    this.note('paused')
    this.clock.pause()
    this.#options.time.schedule(forMs, () => {
      if (this.state === 'up') this.note('resumed')
      this.clock.resume()
    })
  }

  /** Closes cleanly; a close that does not come to its end leaves the process to be killed. */
  async close(timeoutMs: number): Promise<void> {
    if (this.state !== 'up') return
    this.note('close')
    await this.app.close({ timeoutMs }).catch(() => {})
  }

  #ended(state: ProcessState): void {
    if (this.state !== 'up') return
    this.note(state)
    this.state = state
    // What a close that came too late left running must not go on beside its successor on the same disk.
    this.clock.kill()
    this.#options.disk.crash()
  }

  #failed(error: unknown): void {
    if (this.state !== 'up') return
    this.note(`failed ${error instanceof Error ? `${error.name} ${'code' in error ? error.code : ''}` : ''}`)
    const late = error instanceof Error && 'code' in error && error.code === 'MILLRACE_CLOSE_TIMEOUT'
    const refused = error instanceof SimDiskError || (error instanceof Error && error.cause instanceof SimDiskError)
    if (!refused && !late) this.#options.failed(error)
    this.#ended('failed')
  }
}
