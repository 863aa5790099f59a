/**
 * The commit of a worker's tasks (reference 3.6): write back the record caches, send everything and await it, commit
 * offsets with metadata (in the transaction, under exactly once), and only then let the overlays into the stores (law 6).
 *
 * Nothing is committed without its offsets, nor once membership is gone: the group fences by the generation the offsets
 * carry, so that generation must be one in which these tasks were ours without a break.
 */

import type { GroupMember, GroupMetadata, OffsetToCommit } from '../log/group.ts'
import { isOutdatedGeneration } from '../log/outdated-generation.ts'
import type { Clock } from '../record/clock.ts'
import { LogError } from '../record/errors.ts'
import type { GroupInbox } from './group-inbox.ts'
import type { Output } from './output.ts'
import type { Task } from './task.ts'
import type { TopicNames } from './topic-names.ts'

export interface CommitterOptions {
  readonly member: GroupMember
  readonly inbox: GroupInbox
  readonly output: Output
  readonly names: TopicNames
  readonly clock: Clock
  readonly transactional: boolean
  /** Whether the member keeps its tasks from one generation to the next. */
  readonly cooperative: boolean
  /** How long a commit waits for a rebalance that is being completed, ms. */
  readonly patienceMs: number
  /** Told of the offsets of every commit that succeeded. */
  onCommitted(offsets: readonly OffsetToCommit[]): void
}

const RETRY_MS = 20

export class Committer {
  readonly #options: CommitterOptions
  /** Commits done: a metric. */
  commits = 0

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** @throws LogError when the log refuses; nothing was committed then, or it is unknown: see `remedyFor`. */
  async commit(tasks: readonly Task[]): Promise<void> {
    const { member, output, transactional } = this.#options
    const prepared: { task: Task; offsets: OffsetToCommit[] }[] = []
    for (const task of tasks) {
      if (task.commitNeeded) prepared.push({ task, offsets: task.prepareCommit(transactional) })
    }
    if (prepared.length === 0 && !output.inTransaction) return
    const offsets = prepared.flatMap(({ offsets: ofTask }) => ofTask)
    if (transactional) {
      // Nobody sees either before the transaction ends, so the offsets need not wait for the output to arrive.
      const flushed = output.flush()
      flushed.catch(() => {})
      if (offsets.length > 0) {
        output.ensureTransaction()
        await this.#afterRebalance((group) => output.producer.sendOffsets(group, offsets))
      }
      await flushed
      if (output.inTransaction) await output.producer.commit()
    } else {
      await output.flush()
      if (offsets.length > 0) await this.#afterRebalance(() => member.commit(offsets))
    }
    for (const { task, offsets: ofTask } of prepared) {
      await this.#writeAhead(task)
      task.completeCommit(ofTask, (storeName) => this.#changelogOffset(task, storeName, ofTask))
    }
    output.committed()
    this.#options.onCommitted(offsets)
    this.commits++
  }

  /** Most of a large commit in turns, so that heartbeats and fetches go on meanwhile. */
  async #writeAhead({ stores }: Task): Promise<void> {
    for (const store of stores) while (store.commitSlice?.() === true) await this.#options.clock.yield()
  }

  /**
   * While the group is between generations offsets are refused, and so are those that crossed the start of a generation on
   * their way. This member joins in the background, so it passes.
   */
  async #afterRebalance(commit: (group: GroupMetadata) => Promise<void>): Promise<void> {
    const { clock, patienceMs, cooperative } = this.#options
    const deadline = clock.monotonic() + patienceMs
    for (;;) {
      const group = this.#membership()
      try {
        await commit(group)
        return
      } catch (error) {
        if (this.#fencedByItself(error, group)) throw membershipLost()
        if (!isOutdatedGeneration(error)) throw error
        const over = error.code === 'ILLEGAL_GENERATION'
        if (over && !cooperative) throw error
        do {
          if (clock.monotonic() >= deadline) throw error
          await clock.sleep(RETRY_MS)
        } while (over && this.#membership().generation === group.generation)
        if (over && !this.#heldSince(group)) throw error
      }
    }
  }

  /**
   * Whether the tasks stayed ours from that generation to this one. A member claims its tasks when it joins, so nobody else
   * has them before it joins once more without them; and one that does not join in time is thrown out, which `lost` tells.
   * But a static one stays in the group then, with the claims of its last join: it may have missed a generation.
   */
  #heldSince({ generation, instanceId }: GroupMetadata): boolean {
    return instanceId === undefined || this.#membership().generation === generation + 1
  }

  /** @throws LogError `UNKNOWN_MEMBER_ID` when membership was lost, even if it has been won again since. */
  #membership(): GroupMetadata {
    const { inbox, member } = this.#options
    const group = inbox.lost ? undefined : member.metadata()
    if (group !== undefined) return group
    throw membershipLost()
  }

  /** A static member that was thrown out and has joined again: the group fences what it sent under its member id of before. */
  #fencedByItself(error: unknown, { memberId }: GroupMetadata): boolean {
    const fenced = error instanceof LogError && error.code === 'FENCED_INSTANCE_ID'
    const { inbox, member } = this.#options
    return fenced && (inbox.lost || member.metadata()?.memberId !== memberId)
  }

  /** What a store will correspond to: the end of what was written; for a source topic as changelog, what was read of it. */
  #changelogOffset(task: Task, storeName: string, offsets: readonly OffsetToCommit[]): number | undefined {
    const { output, names } = this.#options
    const topic = names.changelog(storeName)
    const { partition } = task.id
    const read = offsets.find((offset) => offset.topic === topic && offset.partition === partition)
    return read?.offset ?? output.endOffset(topic, partition)
  }
}

function membershipLost(): LogError {
  return new LogError(
    'UNKNOWN_MEMBER_ID',
    'Membership of the group was lost: what was processed since is not ours to commit.',
  )
}
