/**
 * A group's committed offsets with their metadata, and those that open transactions hold undecided.
 */

import type { CommittedOffset, OffsetToCommit } from '../group.ts'
import type { TopicPartition } from '../log.ts'
import type { Journal } from './journal.ts'

interface Entry extends TopicPartition {
  readonly offset: number
  readonly metadata: string
}

interface OffsetFact extends Entry {
  readonly groupId: string
}

const FACTS = 'offset/'

/** Committed offsets that a journal holds, by group. */
export function journaledOffsets(journal: Journal): Map<string, OffsetToCommit[]> {
  const groups = new Map<string, OffsetToCommit[]>()
  for (const [, fact] of journal.entries(FACTS)) {
    const { groupId, ...entry } = fact as OffsetFact
    const offsets = groups.get(groupId)
    if (offsets === undefined) groups.set(groupId, [entry])
    else offsets.push(entry)
  }
  return groups
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export class GroupOffsets {
  readonly #groupId: string
  readonly #journal: Journal
  readonly #committed: Map<string, Entry> = new Map()
  readonly #pending: Map<number, Map<string, Entry>> = new Map()

  constructor(groupId: string, journal: Journal) {
    this.#groupId = groupId
    this.#journal = journal
  }

  commit(offsets: readonly OffsetToCommit[]): void {
    for (const { topic, partition, offset, metadata } of offsets) this.#commit({ topic, partition, offset, metadata })
  }

  #commit(entry: Entry): void {
    const key = keyOf(entry)
    this.#committed.set(key, entry)
    this.#journal.set(this.#factName(key), { groupId: this.#groupId, ...entry })
  }

  #factName(key: string): string {
    return `${FACTS}${this.#groupId}\0${key}`
  }

  #forget(key: string): void {
    this.#committed.delete(key)
    this.#journal.delete(this.#factName(key))
  }

  /** The group is deleted. */
  forgetAll(): void {
    for (const key of [...this.#committed.keys()]) this.#forget(key)
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
    if (commit && pending !== undefined) for (const entry of pending.values()) this.#commit(entry)
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
    for (const [key, entry] of this.#committed) if (entry.topic === topic) this.#forget(key)
    for (const pending of this.#pending.values()) {
      for (const [key, entry] of pending) if (entry.topic === topic) pending.delete(key)
    }
  }
}
