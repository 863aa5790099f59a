/**
 * A task by itself: no log, no loop, no waiting. Column batches go in, what comes out is counted and forgotten, so that
 * the time is that of source, operators and stores.
 */

import { type BuiltTopology, json, type Serde, string, systemClock } from 'millrace'
import { type ColumnBatch, columnBatchFrom } from 'millrace/log'
import { RecordCache, type RecordCollector, storeEnvironment, Task, TopicNames } from 'millrace/runtime'
import { MemoryStore } from 'millrace/state'
import type { EventRecord } from './events.ts'

/** Takes output and keeps nothing of it. */
export class NullCollector implements RecordCollector {
  appended = 0

  partitionCount(): number {
    return 1
  }

  append(): void {
    this.appended++
  }
}

export interface BenchTask {
  readonly task: Task
  readonly collector: NullCollector
  /** Processes a batch of a topic to the end, then commits. */
  feed(topic: string, batch: ColumnBatch): void
}

export interface BenchTaskOptions {
  readonly cacheMaxBytes?: number
}

/** One task with all sub-topologies over one partition of each topic. */
export function benchTask(topology: BuiltTopology, options: BenchTaskOptions = {}): BenchTask {
  const names = new TopicNames('bench', topology)
  const collector = new NullCollector()
  const clock = systemClock()
  const cacheMaxBytes = options.cacheMaxBytes ?? 0
  const recordCache = cacheMaxBytes > 0 ? new RecordCache(cacheMaxBytes) : undefined
  const topics = [...topology.nodes.values()].flatMap((node) =>
    node.type === 'source' && !(node.spec.topics instanceof RegExp) ? node.spec.topics : [],
  )
  const common = {
    topology,
    names,
    clock,
    collector,
    defaultKeySerde: string() as Serde<unknown>,
    defaultValueSerde: json() as Serde<unknown>,
    freezesValues: false,
    emitIntervalMs: 0,
    onDeserializationError: () => 'fail' as const,
    onProcessingError: () => 'fail' as const,
    dropped: () => {},
  }
  const task: Task = new Task({
    ...common,
    id: { subtopology: 0, partition: 0 },
    subtopologies: topology.subtopologies,
    inputs: topics.map((topic) => ({ topic: names.physical(topic), partition: 0 })),
    globalStore: () => undefined,
    storeEnvironment: (owner) =>
      storeEnvironment(owner, { ...common, recordCache, openByteStore: (_task, name) => new MemoryStore(name) }),
  })
  task.initStores()
  task.initProcessors()
  return {
    task,
    collector,
    feed(topic, batch) {
      const end = batch.count
      task.add({ topic, partition: 0, batch, nextOffset: end, endOffset: end, lastStableOffset: end })
      task.process(Number.POSITIVE_INFINITY)
      task.completeCommit(task.prepareCommit())
    },
  }
}

export function columnsOf(records: readonly EventRecord[]): ColumnBatch {
  return columnBatchFrom(
    records.map(({ key, value, timestamp }, offset) => ({
      offset,
      timestamp,
      key: Buffer.from(key),
      value: Buffer.from(value),
    })),
  )
}
