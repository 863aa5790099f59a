/**
 * An app's stream threads by their number: started together, added and removed one by one (KIP-663), replaced when they fail
 * (KIP-671). A thread takes the lowest number that is free, so one that replaces another has its transactional id, and fences
 * what that left open.
 *
 * A replaced thread comes back after 100 ms, and twice as late each time, up to 30 s, until it has lived for a minute: a
 * record that ends every thread that meets it must not become a busy loop of rebalances.
 */

import type { Logger } from '../config/streams-config.ts'
import type { Clock } from '../record/clock.ts'
import type { StateStore } from '../state/state-store.ts'
import { addSnapshots, type MetricsSnapshot } from './metrics.ts'
import type { StoreLag } from './restore-progress.ts'
import type { StopOptions, StreamThread, StreamThreadEvents, ThreadMetadata } from './stream-thread.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 30_000
/** A thread that lived this long has got over what ended its predecessors. */
const RECOVERED_MS = 60_000

export interface StreamThreadsOptions {
  readonly clock: Clock
  readonly logger: Logger
  create(index: number, paused: boolean, events: StreamThreadEvents): StreamThread
  /** True when every thread runs all its tasks, false when one does not any more. Not called without threads. */
  onRunning(running: boolean): void
  /** A thread has ended that was not told to. Who answers may call `replace`. */
  onFailure(thread: StreamThread, error: unknown): void
}

interface Slot {
  thread: StreamThread
  startedMs: number
  failures: number
}

export class StreamThreads {
  readonly #options: StreamThreadsOptions
  readonly #slots = new Map<number, Slot>()
  readonly #stop = new AbortController()
  readonly #replacing = new Set<Promise<void>>()
  /** Counts of threads that are gone. */
  #past: MetricsSnapshot = addSnapshots([])
  #paused: boolean

  constructor(options: StreamThreadsOptions, paused: boolean) {
    this.#options = options
    this.#paused = paused
  }

  get size(): number {
    return this.#slots.size
  }

  /** Starts so many; resolves when all have started, rejects with what prevented the first that could not. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.add()))
  }

  /** @returns its name, when it has started */
  async add(): Promise<string> {
    let index = 1
    while (this.#slots.has(index)) index++
    const slot = this.#make(index, 0)
    await this.#run(index, slot)
    return slot.thread.name
  }

  /**
   * Ends the newest thread. It commits, leaves the group, and its tasks go to the others.
   * @returns its name when it has ended, undefined where there is none
   */
  async remove(options: StopOptions): Promise<string | undefined> {
    const index = Math.max(...this.#slots.keys())
    const slot = this.#slots.get(index)
    if (slot === undefined) return undefined
    this.#slots.delete(index)
    const { thread } = slot
    thread.stop(options)
    await thread.ended.catch(() => {})
    this.#remember(thread)
    this.#report()
    return thread.name
  }

  /** Starts another thread in the place of one that has failed, after a pause. */
  replace(failed: StreamThread): void {
    for (const [index, slot] of this.#slots) {
      if (slot.thread !== failed) continue
      const replacing: Promise<void> = this.#replaceLater(index, slot).finally(() => this.#replacing.delete(replacing))
      this.#replacing.add(replacing)
    }
    this.#report()
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    for (const { thread } of this.#slots.values()) thread.setPaused(paused)
  }

  /** Ends all; resolves when they have ended, however. */
  async close(options: StopOptions): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#replacing)
    const ending = [...this.#slots.values()].map(({ thread }) => {
      thread.stop(options)
      return thread.ended
    })
    await Promise.allSettled(ending)
  }

  metadata(): ThreadMetadata[] {
    return this.#sorted().map(({ thread }) => thread.metadata())
  }

  metrics(): MetricsSnapshot[] {
    return [this.#past, ...this.#sorted().flatMap(({ thread }) => thread.metrics() ?? [])]
  }

  lags(): StoreLag[] {
    return this.#sorted().flatMap(({ thread }) => thread.lags())
  }

  stores(name: string): StateStore[] {
    return this.#sorted().flatMap(({ thread }) => thread.stores(name))
  }

  #sorted(): Slot[] {
    return [...this.#slots].sort(([one], [other]) => one - other).map(([, slot]) => slot)
  }

  #make(index: number, failures: number): Slot {
    const { create, clock } = this.#options
    const events = {
      // What an unexpected end means is decided elsewhere.
      onState: () => {
        if (slot.thread.state !== 'dead') this.#report()
      },
    }
    const slot: Slot = { thread: create(index, this.#paused, events), startedMs: clock.monotonic(), failures }
    this.#slots.set(index, slot)
    return slot
  }

  async #run(index: number, { thread }: Slot): Promise<void> {
    const ofThis = (): boolean => this.#slots.get(index)?.thread === thread
    try {
      await thread.start()
    } catch (error) {
      if (ofThis()) this.#slots.delete(index)
      throw error
    }
    thread.ended.catch((error: unknown) => {
      if (ofThis()) this.#options.onFailure(thread, error)
    })
    // Paused or told to end while it was starting.
    thread.setPaused(this.#paused)
  }

  async #replaceLater(index: number, failed: Slot): Promise<void> {
    const { clock, logger } = this.#options
    const lived = clock.monotonic() - failed.startedMs
    const failures = lived >= RECOVERED_MS ? 1 : failed.failures + 1
    const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS)
    logger.warn({ thread: failed.thread.name, failures, waitMs }, 'the thread is replaced')
    await clock.sleep(waitMs, this.#stop.signal)
    if (this.#stop.signal.aborted || this.#slots.get(index) !== failed) return
    this.#remember(failed.thread)
    const slot = this.#make(index, failures)
    try {
      await this.#run(index, slot)
    } catch (error) {
      // It failed as it started: that, too, is asked about.
      this.#slots.set(index, slot)
      this.#options.onFailure(slot.thread, error)
    }
  }

  #remember(thread: StreamThread): void {
    const counted = thread.metrics()
    if (counted !== undefined) this.#past = addSnapshots([this.#past, counted])
  }

  #report(): void {
    const threads = [...this.#slots.values()].map(({ thread }) => thread)
    if (threads.length > 0) this.#options.onRunning(threads.every(({ state }) => state === 'running'))
  }
}
