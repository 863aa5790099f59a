/**
 * A group's committed offsets with their metadata, and those that open transactions hold undecided.
 */

import type { CommittedOffset, OffsetToCommit } from '../group.ts'
import type { TopicPartition } from '../log.ts'

interface Entry extends TopicPartition {
  readonly offset: number
  readonly metadata: string
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export class GroupOffsets {
  readonly #committed: Map<string, Entry> = new Map()
  readonly #pending: Map<number, Map<string, Entry>> = new Map()

  commit(offsets: readonly OffsetToCommit[]): void {
    for (const { topic, partition, offset, metadata } of offsets) {
      this.#committed.set(keyOf({ topic, partition }), { topic, partition, offset, metadata })
    }
  }

  /** Keeps offsets until the producer's transaction ends. */
  hold(producerId: number, offsets: readonly OffsetToCommit[]): void {
    let pending = this.#pending.get(producerId)
    if (pending === undefined) {
      pending = new Map()
      this.#pending.set(producerId, pending)
    }
    for (const { topic, partition, offset, metadata } of offsets) {
      pending.set(keyOf({ topic, partition }), { topic, partition, offset, metadata })
    }
  }

  decide(producerId: number, commit: boolean): void {
    const pending = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (commit && pending !== undefined) for (const [key, entry] of pending) this.#committed.set(key, entry)
  }

  /** Whether an open transaction holds an offset of one of these partitions. */
  unstable(partitions: readonly TopicPartition[]): boolean {
    for (const pending of this.#pending.values()) {
      if (partitions.some((partition) => pending.has(keyOf(partition)))) return true
    }
    return false
  }

  fetch(partitions: readonly TopicPartition[]): CommittedOffset[] {
    return partitions.map(({ topic, partition }) => {
      const entry = this.#committed.get(keyOf({ topic, partition }))
      return { topic, partition, offset: entry?.offset ?? -1, metadata: entry?.metadata ?? '' }
    })
  }

  all(): Entry[] {
    return [...this.#committed.values()]
  }

  forgetTopic(topic: string): void {
    for (const [key, entry] of this.#committed) if (entry.topic === topic) this.#committed.delete(key)
    for (const pending of this.#pending.values()) {
      for (const [key, entry] of pending) if (entry.topic === topic) pending.delete(key)
    }
  }
}
