/**
 * A stream thread on this event loop. Several share one core: more of them help where they wait, not where they compute.
 */

import type { StateStore } from '../state/state-store.ts'
import type { StoreLag } from './restore-progress.ts'
import type {
  StopOptions,
  StreamThread,
  StreamThreadEvents,
  StreamThreadState,
  ThreadMetadata,
} from './stream-thread.ts'
import { Worker, type WorkerOptions } from './worker.ts'

export class LocalThread implements StreamThread {
  readonly #worker: Worker
  readonly #events: StreamThreadEvents
  #state: StreamThreadState = 'created'
  #paused: boolean
  #ended: Promise<void> = Promise.resolve()

  constructor(options: Omit<WorkerOptions, 'onRunning' | 'paused'>, paused: boolean, events: StreamThreadEvents) {
    this.#paused = paused
    this.#events = events
    this.#worker = new Worker({
      ...options,
      paused: () => this.#paused,
      onRunning: (running) => this.#to(running ? 'running' : 'partitions-assigned'),
    })
  }

  get name(): string {
    return this.#worker.name
  }

  get state(): StreamThreadState {
    return this.#state
  }

  get ended(): Promise<void> {
    return this.#ended
  }

  start(): Promise<void> {
    this.#to('starting')
    this.#ended = this.#worker.run().finally(() => {
      this.#to('dead')
    })
    // Whoever holds the thread looks at it after this.
    this.#ended.catch(() => {})
    return Promise.resolve()
  }

  stop({ leaveGroup }: StopOptions): void {
    this.#to('pending-shutdown')
    this.#worker.stop(leaveGroup)
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    this.#worker.wakeUp()
  }

  metadata(): ThreadMetadata {
    return {
      threadName: this.name,
      threadState: this.#state,
      runsOn: 'event-loop',
      activeTasks: this.#worker.tasks.map(({ name, partitions }) => ({
        taskId: name,
        topicPartitions: partitions.queues.map(({ topic, partition }) => ({ topic, partition })),
      })),
      restoringTasks: this.#worker.restoringTasks,
      standbyTasks: this.#worker.standbyTasks,
    }
  }

  metrics(): undefined {}

  lags(): StoreLag[] {
    return this.#worker.lags()
  }

  stores(name: string): StateStore[] {
    return this.#worker.tasks.flatMap((task) => task.store(name) ?? [])
  }

  #to(state: StreamThreadState): void {
    if (this.#state === state || this.#state === 'dead') return
    if (this.#state === 'pending-shutdown' && state !== 'dead') return
    this.#state = state
    this.#events.onState()
  }
}
