/**
 * What a task's stores get: byte stores from the app's factory, a changelog sink per logged store, the worker's record
 * cache, the task's record context. A store that mirrors its source topic is not logged a second time.
 */

import type { BuiltTopology } from '../plan/built-topology.ts'
import type { Serde } from '../record/serde.ts'
import type { ByteStore, StoreUse } from '../state/byte-store.ts'
import type { ChangelogSink, RecordCacheBudget, StoreEnvironment } from '../state/state-store.ts'
import type { RecordCollector } from './record-collector.ts'
import type { Task } from './task.ts'
import type { TopicNames } from './topic-names.ts'

export interface StoreEnvironmentOptions {
  readonly topology: BuiltTopology
  readonly names: TopicNames
  readonly collector: RecordCollector
  readonly recordCache: RecordCacheBudget | undefined
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  openByteStore(taskName: string, storeName: string, use: StoreUse): ByteStore
  /** Instead of closing it: its content may be used again. */
  closeByteStore?(taskName: string, store: ByteStore): void
}

export function storeEnvironment(task: Task, options: StoreEnvironmentOptions): StoreEnvironment {
  const { topology, names, collector } = options
  return {
    taskId: task.name,
    context: task.recordContext,
    clock: task.clock,
    recordCache: options.recordCache,
    defaultKeySerde: options.defaultKeySerde,
    defaultValueSerde: options.defaultValueSerde,
    freezesValues: task.freezesValues,
    openByteStore: (name, use) => options.openByteStore(task.name, name, use),
    closeByteStore: (store) => {
      if (options.closeByteStore === undefined) store.close()
      else options.closeByteStore(task.name, store)
    },
    changelogTopic: (storeName) => names.changelog(storeName),
    changelog(storeName): ChangelogSink | undefined {
      const declaration = topology.stores.get(storeName)
      if (declaration === undefined || !declaration.builder.logging || declaration.sourceTopic !== undefined) {
        return undefined
      }
      const topic = names.changelog(storeName)
      const partition = task.id.partition
      return {
        topic,
        log: (key, value, timestamp, headers) => collector.append(topic, partition, key, value, timestamp, headers),
      }
    },
    dropped: (storeName, reason) => task.dropped(storeName, reason),
  }
}
