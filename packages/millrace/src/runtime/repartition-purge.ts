/**
 * Deletes what has been read of repartition topics, behind the committed offsets (`repartition.purge.interval.ms`): they are
 * kept without retention, so that nothing is lost before it is read, and would grow for ever.
 *
 * Runs beside the worker: a purge that fails is tried again after the next commits, and costs nothing but space.
 */

import type { Logger } from '../config/streams-config.ts'
import type { OffsetToCommit } from '../log/group.ts'
import type { Log } from '../log/log.ts'

export class RepartitionPurge {
  readonly #log: Log
  readonly #topics: ReadonlySet<string>
  readonly #intervalMs: number
  readonly #logger: Logger
  readonly #committed = new Map<string, OffsetToCommit>()
  #lastMs: number
  #purging = false

  /** @param topics the cluster's names of the repartition topics that this topology reads */
  constructor(log: Log, topics: readonly string[], intervalMs: number, logger: Logger) {
    this.#log = log
    this.#topics = new Set(log.capabilities.deleteRecords ? topics : [])
    this.#intervalMs = intervalMs
    this.#logger = logger
    this.#lastMs = log.clock.monotonic()
  }

  /** To be told of every successful commit. Never waits. */
  committed(offsets: readonly OffsetToCommit[]): void {
    for (const offset of offsets) {
      if (this.#topics.has(offset.topic)) this.#committed.set(`${offset.topic}-${offset.partition}`, offset)
    }
    const now = this.#log.clock.monotonic()
    if (this.#purging || this.#committed.size === 0 || now - this.#lastMs < this.#intervalMs) return
    this.#lastMs = now
    void this.#purge([...this.#committed.values()])
  }

  async #purge(offsets: readonly OffsetToCommit[]): Promise<void> {
    this.#purging = true
    this.#committed.clear()
    try {
      await this.#log.admin.deleteRecords(offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset })))
    } catch (error) {
      this.#logger.debug({ error }, 'could not purge repartition topics; tried again later')
      for (const offset of offsets) {
        const key = `${offset.topic}-${offset.partition}`
        if (!this.#committed.has(key)) this.#committed.set(key, offset)
      }
    } finally {
      this.#purging = false
    }
  }
}
