/**
 * One process' view of virtual time. Killed, nothing of it ever runs again: no timer fires and no wait ends, so no
 * `finally` runs either. Paused, everything that falls due is held until it is resumed, as in a process that was stopped.
 */

import type { Clock, Timer } from 'millrace'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export class ProcessClock implements Clock {
  readonly #time: VirtualTime
  readonly #random: Random
  #state: 'running' | 'paused' | 'killed' = 'running'
  #held: (() => void)[] = []
  #wallOffset = 0

  constructor(time: VirtualTime, random: Random) {
    this.#time = time
    this.#random = random
  }

  now(): number {
    return Math.floor(this.#time.now) + this.#wallOffset
  }

  monotonic(): number {
    return this.#time.now
  }

  setTimer(ms: number, callback: () => void): Timer {
    let cancelled = false
    const event = this.#time.schedule(ms, () => {
      if (!cancelled) this.whenRunning(() => !cancelled && callback())
    })
    return {
      cancel: () => {
        cancelled = true
        event.run = undefined
      },
    }
  }

  /** A turn costs a little time, so that a loop that never waits still lets time pass. */
  yield(): Promise<void> {
    return new Promise((resolve) => this.setTimer(this.#random.between(0.05, 0.3), resolve))
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.setTimer(ms, done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  random(): number {
    return this.#random.next()
  }

  uuid(): string {
    return this.#random.uuid()
  }

  get killed(): boolean {
    return this.#state === 'killed'
  }

  get paused(): boolean {
    return this.#state === 'paused'
  }

  /** Runs something of the process: now, when it is resumed, or never. */
  whenRunning(run: () => void): void {
    if (this.#state === 'running') run()
    else if (this.#state === 'paused') this.#held.push(run)
  }

  /** Moves the wall clock, not the monotonic one. */
  jump(ms: number): void {
    this.#wallOffset += ms
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const held = this.#held
    this.#held = []
    // One after the other, each with its own turn: what the first sets off may kill the process.
    for (const run of held) this.#time.schedule(0, () => this.whenRunning(run))
  }

  kill(): void {
    this.#state = 'killed'
    this.#held = []
  }
}
