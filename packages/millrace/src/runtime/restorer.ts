/**
 * Rebuilds stores from their changelogs, from each store's own committed offset: only the tail after a clean stop or a
 * crash (law 6). All restoring tasks share one fetcher, so they restore in parallel; the worker gives it slices between
 * running tasks.
 *
 * The end is the end of the log, not what is stable of it: behind a dead worker's open transaction there may be committed
 * changes, and a store that lacks them is wrong. Reading committed data only, the restore waits for that transaction's end.
 */

import type { FetchedBatch, Fetcher } from '../log/fetcher.ts'
import type { Log, TopicPartition } from '../log/log.ts'
import { LogError } from '../record/errors.ts'
import type { StateStore } from '../state/state-store.ts'
import type { Task } from './task.ts'

export interface RestoreProgress {
  readonly task: string
  readonly store: string
  readonly restored: number
  readonly remaining: number
}

interface Restoring {
  readonly task: Task
  readonly store: StateStore
  readonly partition: TopicPartition
  readonly endOffset: number
  restored: number
}

/** A store to restore: `limit` for a store whose changelog is its source topic: never beyond the committed offset. */
export interface RestoreRequest {
  readonly store: StateStore
  readonly partition: TopicPartition
  readonly limit: number | undefined
}

export class Restorer {
  readonly #log: Log
  readonly #fetcher: Fetcher
  readonly #restoring = new Map<string, Restoring>()
  readonly #onProgress: (progress: RestoreProgress) => void

  constructor(log: Log, onProgress: (progress: RestoreProgress) => void) {
    this.#log = log
    this.#fetcher = log.fetcher({ isolation: 'read_committed' })
    this.#onProgress = onProgress
  }

  get active(): boolean {
    return this.#restoring.size > 0
  }

  isRestoring(task: Task): boolean {
    for (const entry of this.#restoring.values()) if (entry.task === task) return true
    return false
  }

  async start(task: Task, requests: readonly RestoreRequest[]): Promise<void> {
    if (requests.length === 0) return
    const partitions = requests.map(({ partition }) => partition)
    const [earliest, latest] = await Promise.all([
      this.#log.admin.listOffsets(partitions, 'earliest'),
      this.#log.admin.listOffsets(partitions, 'latest'),
    ])
    const at = (offsets: typeof earliest, { topic, partition }: TopicPartition): number =>
      offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? 0
    for (const { store, partition, limit } of requests) {
      const end = Math.min(at(latest, partition), limit ?? Number.POSITIVE_INFINITY)
      const begin = at(earliest, partition)
      const committed = store.committedOffset()
      const start = committed === undefined || committed > at(latest, partition) ? begin : Math.max(committed, begin)
      if (start >= end) {
        store.commit(Math.max(start, 0))
        continue
      }
      this.#restoring.set(key(partition), { task, store, partition, endOffset: end, restored: 0 })
      this.#fetcher.assign(partition, start)
    }
  }

  /** Applies what has arrived. */
  async poll(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    for (const fetched of await this.#fetched(timeoutMs, signal)) {
      const entry = this.#restoring.get(key(fetched))
      if (entry === undefined) continue
      const { store, task, endOffset } = entry
      const beyond = fetched.nextOffset > endOffset
      const batch = beyond ? cutAt(fetched.batch, endOffset) : fetched.batch
      if (batch.count > 0) store.restore(batch)
      entry.restored += batch.count
      const position = Math.min(fetched.nextOffset, endOffset)
      store.commit(position)
      const remaining = endOffset - position
      this.#onProgress({ task: task.name, store: store.name, restored: entry.restored, remaining })
      if (remaining <= 0) this.#finish(entry)
    }
  }

  async #fetched(timeoutMs: number, signal: AbortSignal | undefined): Promise<FetchedBatch[]> {
    try {
      return await this.#fetcher.poll(timeoutMs, signal)
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error
      const { topic = '', partition = -1 } = error.coordinates ?? {}
      const entry = this.#restoring.get(key({ topic, partition }))
      if (entry === undefined) throw error
      await this.#skipExpired(entry)
      return []
    }
  }

  /** Retention has passed the position: what it removed is expired for the store too. */
  async #skipExpired(entry: Restoring): Promise<void> {
    const [{ offset }] = await this.#log.admin.listOffsets([entry.partition], 'earliest')
    if (offset < entry.endOffset) {
      this.#fetcher.assign(entry.partition, offset)
      return
    }
    entry.store.commit(offset)
    this.#finish(entry)
  }

  stop(task: Task): void {
    for (const entry of [...this.#restoring.values()]) if (entry.task === task) this.#finish(entry)
  }

  close(): Promise<void> {
    return this.#fetcher.close()
  }

  #finish(entry: Restoring): void {
    this.#restoring.delete(key(entry.partition))
    this.#fetcher.unassign(entry.partition)
  }
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** The rows before an offset: a view with a smaller count, since rows are in order of offset. */
function cutAt<B extends { readonly count: number; readonly offsets: Float64Array }>(batch: B, endOffset: number): B {
  let count = batch.count
  while (count > 0 && batch.offsets[count - 1] >= endOffset) count--
  return { ...batch, count }
}
