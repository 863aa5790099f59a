/**
 * Tasks that are kept warm: their stores follow their changelogs, reading committed data only, and their processors have not
 * begun. A standby that becomes active is taken out as it is; the restorer then only brings what it lacks.
 */

import type { CommittedOffset } from '../log/group.ts'
import type { TopicPartition } from '../log/log.ts'
import { parseTaskName } from './assignment/task-id.ts'
import type { ClusterPlan } from './cluster-plan.ts'
import { restoreRequests } from './restore-requests.ts'
import type { Restorer } from './restorer.ts'
import type { Task } from './task.ts'

type CommittedOffsets = (partitions: readonly TopicPartition[]) => Promise<readonly CommittedOffset[]>

export class StandbyTasks {
  readonly #plan: ClusterPlan
  readonly #restorer: Restorer
  readonly #create: (name: string) => Task
  readonly #tasks = new Map<string, Task>()
  #asking = false

  constructor(plan: ClusterPlan, restorer: Restorer, create: (name: string) => Task) {
    this.#plan = plan
    this.#restorer = restorer
    this.#create = create
  }

  names(): string[] {
    return [...this.#tasks.keys()]
  }

  tasks(): Task[] {
    return [...this.#tasks.values()]
  }

  /** Begins to keep these warm, as far as they are not yet. */
  async follow(names: readonly string[], committedOffsets: CommittedOffsets): Promise<void> {
    const fresh = names.filter((name) => !this.#tasks.has(name))
    const sources = fresh.flatMap((name) => this.#plan.changelogs(parseTaskName(name))).filter(({ source }) => source)
    const committed = sources.length === 0 ? [] : await committedOffsets(sources)
    for (const name of fresh) {
      const task = this.#create(name)
      task.initStores()
      try {
        await this.#restorer.follow(task, restoreRequests(this.#plan, task, committed))
      } catch (error) {
        task.close(false)
        throw error
      }
      this.#tasks.set(name, task)
    }
  }

  /** The task is the caller's from now on, its stores open. */
  take(name: string): Task | undefined {
    const task = this.#tasks.get(name)
    this.#tasks.delete(name)
    return task
  }

  /** Offsets that a standby is behind; undefined: it is none. */
  lag(name: string): number | undefined {
    const task = this.#tasks.get(name)
    return task && this.#restorer.fillsOf(task).reduce((sum, { lag }) => sum + lag, 0)
  }

  /** Asks the group, in the background, how far those may go that mirror a source topic. */
  raiseLimits(committedOffsets: CommittedOffsets): void {
    const waiting = this.#restorer.atLimit()
    if (waiting.length === 0 || this.#asking) return
    this.#asking = true
    committedOffsets(waiting)
      .then((offsets) => {
        for (const committed of offsets) this.#restorer.raiseLimit(committed, committed.offset)
      })
      .catch(() => {
        // Asked again soon; a standby may lag.
      })
      .finally(() => {
        this.#asking = false
      })
  }
}
