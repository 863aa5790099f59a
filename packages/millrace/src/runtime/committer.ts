/**
 * The commit of a worker's tasks (reference 3.6): write back the record caches, send everything and await it, commit
 * offsets with metadata (in the transaction, under exactly once), and only then let the overlays into the stores (law 6).
 *
 * A commit that is refused because the group moves on changes nothing: the tasks stay as they were before it.
 */

import type { GroupMember, OffsetToCommit } from '../log/group.ts'
import type { Producer } from '../log/producer.ts'
import type { Output } from './output.ts'
import type { Task } from './task.ts'
import type { TopicNames } from './topic-names.ts'

export interface CommitterOptions {
  readonly member: GroupMember
  readonly producer: Producer
  readonly output: Output
  readonly names: TopicNames
  readonly transactional: boolean
}

export class Committer {
  readonly #options: CommitterOptions
  /** Commits done: a metric. */
  commits = 0

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** @throws LogError when the log refuses; see `GroupMember.commit` and `Producer.commit`. */
  async commit(tasks: readonly Task[]): Promise<void> {
    const { member, producer, output, transactional } = this.#options
    const prepared: { task: Task; offsets: OffsetToCommit[] }[] = []
    for (const task of tasks) {
      if (task.commitNeeded) prepared.push({ task, offsets: task.prepareCommit() })
    }
    if (prepared.length === 0 && !output.inTransaction) return
    await output.flush()
    const offsets = prepared.flatMap(({ offsets: ofTask }) => ofTask)
    if (transactional) {
      const group = member.metadata()
      if (offsets.length > 0 && group !== undefined) {
        output.ensureTransaction()
        await producer.sendOffsets(group, offsets)
      }
      if (output.inTransaction) await producer.commit()
      output.transactionEnded()
    } else if (offsets.length > 0) await member.commit(offsets)
    for (const { task, offsets: ofTask } of prepared) {
      task.completeCommit(ofTask, (storeName) => this.#changelogOffset(task, storeName))
    }
    this.commits++
  }

  #changelogOffset(task: Task, storeName: string): number | undefined {
    return this.#options.output.endOffset(this.#options.names.changelog(storeName), task.id.partition)
  }
}
