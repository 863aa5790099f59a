/**
 * Watches the group's committed offsets of the input topics: how much is processed, and the longest time a partition with
 * input waiting did not move.
 */

import type { Admin } from 'kafkajs'
import { INPUTS } from './topics.ts'

const EVERY_MS = 500

interface Watched {
  committed: number
  /** When it last moved, or last had nothing to do. */
  movedAt: number
}

export class Progress {
  readonly #admin: Admin
  readonly #groupId: string
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #measuring = false
  /** Input records there are. */
  records = 0
  longestGapMs = 0
  gapAt = ''
  /** Longest time nothing at all moved. */
  longestStandstillMs = 0
  #movedAt = Date.now()

  constructor(admin: Admin, groupId: string) {
    this.#admin = admin
    this.#groupId = groupId
  }

  start(): void {
    const next = (): void => {
      this.#timer = setTimeout(() => {
        this.#looking = this.look()
          .catch(() => {})
          .then(next)
      }, EVERY_MS)
    }
    next()
  }

  /** Gaps count from now on. */
  measure(): void {
    this.#measuring = true
    const now = Date.now()
    this.#movedAt = now
    for (const watched of this.#watched.values()) watched.movedAt = now
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#looking
    clearTimeout(this.#timer)
  }

  get committed(): number {
    let sum = 0
    for (const { committed } of this.#watched.values()) sum += committed
    return sum
  }

  /** Looks now. @returns records not yet committed. */
  async look(): Promise<number> {
    const committed = await this.#admin.fetchOffsets({ groupId: this.#groupId, topics: [...INPUTS] })
    const ends = await Promise.all(INPUTS.map((topic) => this.#admin.fetchTopicOffsets(topic)))
    let lag = 0
    let records = 0
    let idle = true
    const now = Date.now()
    let moved = false
    for (const [index, topic] of INPUTS.entries()) {
      for (const { partition, high } of ends[index]) {
        const offset = committed
          .find((each) => each.topic === topic)
          ?.partitions.find((each) => each.partition === partition)
        const at = Math.max(0, Number(offset?.offset ?? -1))
        const waiting = Number(high) - at
        lag += waiting
        records += Number(high)
        const name = `${topic}-${partition}`
        const watched = this.#watched.get(name) ?? { committed: 0, movedAt: now }
        this.#watched.set(name, watched)
        if (at > watched.committed) moved = true
        if (waiting > 0) idle = false
        if (at > watched.committed || waiting === 0) this.#gap(name, watched, now)
        watched.committed = at
      }
    }
    this.records = records
    if (moved || idle) {
      if (this.#measuring) this.longestStandstillMs = Math.max(this.longestStandstillMs, now - this.#movedAt)
      this.#movedAt = now
    }
    return lag
  }

  #gap(name: string, watched: Watched, now: number): void {
    if (this.#measuring && now - watched.movedAt > this.longestGapMs) {
      this.longestGapMs = now - watched.movedAt
      this.gapAt = name
    }
    watched.movedAt = now
  }
}
