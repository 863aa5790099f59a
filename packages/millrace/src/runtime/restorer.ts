/**
 * Fills stores from their changelogs, from each store's own committed offset: only the tail after a clean stop or a crash
 * (law 6). A task that is to run is restored to the end; a standby's stores follow without one, until it is promoted: then
 * the end is set to where the log ends, and what is left is the tail. All share one fetcher, standbys only while no restore
 * waits. What has arrived is applied in slices, so the worker keeps its turns.
 *
 * The end is the end of the log, not what is stable of it: behind a dead worker's open transaction there may be committed
 * changes, and a store that lacks them is wrong. Reading committed data only, the restore waits for that transaction's end.
 */

import type { FetchedBatch, Fetcher } from '../log/fetcher.ts'
import type { Log, TopicPartition } from '../log/log.ts'
import { LogError } from '../record/errors.ts'
import type { StateStore } from '../state/state-store.ts'
import { batchSlice, bytesOf, rowsBefore } from './batch-slice.ts'
import { ChangelogFill } from './changelog-fill.ts'
import type { RestoreListeners } from './restore-progress.ts'
import type { Task } from './task.ts'

/** Longest run of applying between two macrotasks, ms. */
const SLICE_MS = 8
/** Rows between two looks at the clock. */
const SLICE_ROWS = 1024

/** A store to fill: `limit` for a store whose changelog is its source topic: never beyond the committed offset. */
export interface RestoreRequest {
  readonly store: StateStore
  readonly partition: TopicPartition
  readonly limit: number | undefined
}

interface Arrived {
  readonly fetched: FetchedBatch
  readonly fill: ChangelogFill
  row: number
}

export class Restorer {
  readonly #log: Log
  readonly #fetcher: Fetcher
  readonly #fills = new Map<string, ChangelogFill>()
  readonly #listeners: RestoreListeners
  #arrived: Arrived[] = []

  constructor(log: Log, listeners: RestoreListeners) {
    this.#log = log
    this.#fetcher = log.fetcher({ isolation: 'read_committed' })
    this.#listeners = listeners
  }

  isRestoring(task: Task): boolean {
    return this.fillsOf(task).some(({ standby }) => !standby)
  }

  /** The stores of a task that are being filled; none where all is restored. */
  fillsOf(task: Task): ChangelogFill[] {
    return [...this.#fills.values()].filter((fill) => fill.task === task)
  }

  /** Fills a task's stores up to where the log ends now; a standby's go on from where they are. */
  async restore(task: Task, requests: readonly RestoreRequest[]): Promise<void> {
    for (const { partition, store, limit, start, end } of await this.#bounds(requests)) {
      const followed = this.#fills.get(key(partition))
      if (followed !== undefined) this.#stop(followed, 'promoted')
      const endOffset = Math.min(end, limit ?? Number.POSITIVE_INFINITY)
      if (start >= endOffset) {
        store.commit(Math.max(start, 0))
        continue
      }
      const nowMs = this.#log.clock.monotonic()
      const fill = new ChangelogFill({ task, store, partition, start, endOffset, limit, logEnd: end, nowMs })
      this.#begin(fill)
      this.#listeners.onRestoreProgress(fill.progress('start', nowMs))
    }
    this.#arrange()
  }

  /** Fills a standby's stores, without an end. */
  async follow(task: Task, requests: readonly RestoreRequest[]): Promise<void> {
    for (const { partition, store, limit, start, end } of await this.#bounds(requests)) {
      const nowMs = this.#log.clock.monotonic()
      const fill = new ChangelogFill({ task, store, partition, start, endOffset: undefined, limit, logEnd: end, nowMs })
      this.#begin(fill)
      if (limit !== undefined && start >= limit) fill.atLimit = true
      this.#listeners.onStandbyUpdate(fill.update('start'))
    }
    this.#arrange()
  }

  /** Source topics of which a standby has applied all that the group had committed. */
  atLimit(): TopicPartition[] {
    return [...this.#fills.values()].filter((fill) => fill.atLimit).map(({ partition }) => partition)
  }

  /** The group has committed a source topic up to here. */
  raiseLimit(partition: TopicPartition, limit: number): void {
    const fill = this.#fills.get(key(partition))
    if (fill?.limit === undefined || limit <= fill.limit) return
    fill.limit = limit
    if (!fill.atLimit) return
    fill.atLimit = false
    // What was read beyond the old limit was dropped.
    this.#fetcher.assign(fill.partition, fill.position)
    this.#arrange()
  }

  /** Applies what has arrived, for some milliseconds. @returns true if there was something: there may be more. */
  async poll(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#fills.size === 0) return false
    if (this.#arrived.length === 0) {
      for (const fetched of await this.#fetched(timeoutMs, signal)) {
        const fill = this.#fills.get(key(fetched))
        if (fill !== undefined) this.#arrived.push({ fetched, fill, row: 0 })
        else fetched.release?.()
      }
    }
    if (this.#arrived.length === 0) return false
    const { clock } = this.#log
    const until = clock.monotonic() + SLICE_MS
    do {
      const [arrived] = this.#arrived
      const { fill, fetched } = arrived
      const current = this.#fills.get(key(fill.partition)) === fill
      if (current && !this.#apply(arrived)) continue
      this.#arrived.shift()
      // A store keeps copies, and what it was given is committed to it.
      fetched.release?.()
    } while (this.#arrived.length > 0 && clock.monotonic() < until)
    return true
  }

  stop(task: Task): void {
    for (const fill of this.fillsOf(task)) this.#stop(fill, 'migrated')
    this.#arrange()
  }

  close(): Promise<void> {
    return this.#fetcher.close()
  }

  /** Applies some rows; true when the batch is done with. */
  #apply(arrived: Arrived): boolean {
    const { fetched, fill, row } = arrived
    const { batch, nextOffset, endOffset } = fetched
    const { store, bound } = fill
    const rows = rowsBefore(batch, bound)
    const to = Math.min(rows, row + SLICE_ROWS)
    if (to > row) store.restore(batchSlice(batch, row, to))
    const done = to >= rows
    const position = done ? Math.min(nextOffset, bound) : batch.offsets[to - 1] + 1
    store.commit(position)
    arrived.row = to
    fill.logEnd = endOffset
    const records = Math.max(0, to - row)
    const bytes = bytesOf(batch, row, to)
    fill.applied(position, records, bytes)
    if (!fill.standby) {
      this.#listeners.onRestoreProgress(fill.progress('batch', this.#log.clock.monotonic()))
      if (position >= bound) this.#complete(fill)
      return done
    }
    if (records > 0) this.#listeners.onStandbyUpdate(fill.update('batch', { records, bytes }))
    if (position >= bound) {
      fill.atLimit = true
      this.#arrange()
    }
    return done
  }

  async #fetched(timeoutMs: number, signal: AbortSignal | undefined): Promise<FetchedBatch[]> {
    try {
      return await this.#fetcher.poll(timeoutMs, signal)
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error
      const { topic = '', partition = -1 } = error.coordinates ?? {}
      const fill = this.#fills.get(key({ topic, partition }))
      if (fill === undefined) throw error
      await this.#skipExpired(fill)
      return []
    }
  }

  /** Retention has passed the position: what it removed is expired for the store too. */
  async #skipExpired(fill: ChangelogFill): Promise<void> {
    const [{ offset }] = await this.#log.admin.listOffsets([fill.partition], 'earliest')
    if (fill.standby || offset < fill.bound) {
      fill.position = offset
      this.#fetcher.assign(fill.partition, offset)
      return
    }
    fill.store.commit(offset)
    this.#complete(fill)
  }

  /** Where each store is, and where its changelog ends. */
  async #bounds(requests: readonly RestoreRequest[]): Promise<(RestoreRequest & { start: number; end: number })[]> {
    if (requests.length === 0) return []
    const partitions = requests.map(({ partition }) => partition)
    const [earliest, latest] = await Promise.all([
      this.#log.admin.listOffsets(partitions, 'earliest'),
      this.#log.admin.listOffsets(partitions, 'latest'),
    ])
    const at = (offsets: typeof earliest, { topic, partition }: TopicPartition): number =>
      offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? 0
    return requests.map((request) => {
      const [begin, end] = [at(earliest, request.partition), at(latest, request.partition)]
      // Beyond the end: the topic was made anew since, or is another log's of that name. Nothing of it may stay.
      if ((request.store.committedOffset() ?? 0) > end) request.store.forget()
      return { ...request, end, start: Math.max(request.store.committedOffset() ?? begin, begin) }
    })
  }

  #begin(fill: ChangelogFill): void {
    this.#fills.set(key(fill.partition), fill)
    this.#fetcher.assign(fill.partition, fill.position)
    this.#fetcher.resume(fill.partition)
  }

  #complete(fill: ChangelogFill): void {
    this.#forget(fill)
    this.#arrange()
    this.#listeners.onRestoreProgress(fill.progress('end', this.#log.clock.monotonic()))
  }

  #stop(fill: ChangelogFill, reason: 'promoted' | 'migrated'): void {
    this.#forget(fill)
    if (fill.standby) this.#listeners.onStandbyUpdate(fill.update('suspended', { reason }))
    else this.#listeners.onRestoreProgress(fill.progress('suspended', this.#log.clock.monotonic()))
  }

  #forget(fill: ChangelogFill): void {
    this.#fills.delete(key(fill.partition))
    this.#fetcher.unassign(fill.partition)
  }

  /** Standbys are read while no task waits for its restore, and not beyond their limits. */
  #arrange(): void {
    const fills = [...this.#fills.values()]
    const waiting = fills.some(({ standby }) => !standby)
    for (const fill of fills) {
      const pause = fill.standby && (waiting || fill.atLimit)
      if (pause === fill.paused) continue
      fill.paused = pause
      if (pause) this.#fetcher.pause(fill.partition)
      else this.#fetcher.resume(fill.partition)
    }
  }
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
