/**
 * A topology laid over a cluster: how many partitions each topic has, hence which tasks there are and what each reads.
 * Computed alike by every member; the leader assigns from it.
 */

import type { TopicPartition } from '../log/log.ts'
import type { BuiltTopology, Subtopology } from '../plan/built-topology.ts'
import type { TaskId } from '../processor/processor-context.ts'
import { taskName } from './assignment/task-id.ts'
import type { TopicNames } from './topic-names.ts'

export interface PlannedSubtopology {
  readonly subtopology: Subtopology
  /** The cluster's names of the topics it reads, patterns resolved. */
  readonly topics: readonly string[]
  /** Number of tasks: the most partitions any of its topics has. */
  readonly tasks: number
}

/** Where the state of a task's store is kept. */
export interface TaskChangelog extends TopicPartition {
  readonly store: string
  /** The changelog is the store's source topic, which holds records the group has not processed yet. */
  readonly source: boolean
}

export class ClusterPlan {
  readonly topology: BuiltTopology
  readonly names: TopicNames
  readonly subtopologies: readonly PlannedSubtopology[]
  readonly #partitions: ReadonlyMap<string, number>

  /** @param partitions partition counts by the cluster's topic names: sources, sinks, repartition topics, changelogs. */
  constructor(
    topology: BuiltTopology,
    names: TopicNames,
    topicsOf: (subtopology: Subtopology) => readonly string[],
    partitions: ReadonlyMap<string, number>,
  ) {
    this.topology = topology
    this.names = names
    this.#partitions = partitions
    this.subtopologies = topology.subtopologies.map((subtopology) => {
      const topics = topicsOf(subtopology)
      return { subtopology, topics, tasks: Math.max(0, ...topics.map((topic) => partitions.get(topic) ?? 0)) }
    })
  }

  partitionCount(topic: string): number | undefined {
    return this.#partitions.get(topic)
  }

  /** All tasks by name. */
  taskNames(): string[] {
    return this.subtopologies.flatMap(({ subtopology, tasks }) =>
      Array.from({ length: tasks }, (_, partition) => taskName({ subtopology: subtopology.id, partition })),
    )
  }

  planned(id: TaskId): PlannedSubtopology {
    const found = this.subtopologies.find(({ subtopology }) => subtopology.id === id.subtopology)
    if (found === undefined) throw new RangeError(`There is no sub-topology ${id.subtopology}.`)
    return found
  }

  /** What a task reads. */
  inputs(id: TaskId): TopicPartition[] {
    return this.planned(id)
      .topics.filter((topic) => id.partition < (this.#partitions.get(topic) ?? 0))
      .map((topic) => ({ topic, partition: id.partition }))
  }

  /** The changelogs of a task: none if it has no state that can be restored. */
  changelogs(id: TaskId): TaskChangelog[] {
    const { topology } = this
    const { subtopology } = this.planned(id)
    const stores = new Set(subtopology.stores)
    for (const name of subtopology.nodes) {
      const node = topology.nodes.get(name)
      if (node?.type === 'processor') for (const store of node.stores) stores.add(store)
    }
    return [...stores].flatMap((store) => {
      const declaration = topology.stores.get(store)
      if (declaration === undefined) return []
      const source = declaration.sourceTopic !== undefined
      if (!source && !declaration.builder.logging) return []
      return [{ store, source, topic: this.names.changelog(store), partition: id.partition }]
    })
  }

  /** All topics tasks read. */
  inputTopics(): string[] {
    return [...new Set(this.subtopologies.flatMap(({ topics }) => topics))]
  }
}
