/**
 * Global tables and stores: each instance has all partitions of their topics. Read to the end before any task runs, then
 * kept up to date beside the tasks; their updates are not synchronised with stream time (as in Kafka Streams).
 *
 * Never logged, never cached. A processor may write its own global store only; tasks read it.
 */

import type { FetchedBatch } from '../log/fetcher.ts'
import type { BuiltTopology } from '../plan/built-topology.ts'
import type { GlobalStoreSpec } from '../plan/topology.ts'
import type { TaskId } from '../processor/processor-context.ts'
import type { Clock } from '../record/clock.ts'
import { resolveSerde } from '../record/deferred-serde.ts'
import { StreamsError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { ByteStore, StoreUse } from '../state/byte-store.ts'
import type { StateStore } from '../state/state-store.ts'
import type { DeserializationHandler, ProcessingHandler } from './error-handlers.ts'
import { ProcessorRunner, type TaskServices } from './processor-runner.ts'
import { RecordQueue } from './record-queue.ts'
import { SourceRunner } from './source-runner.ts'
import { TaskRecordContext } from './task-record-context.ts'
import type { TopicNames } from './topic-names.ts'

export interface GlobalStateOptions {
  readonly topology: BuiltTopology
  readonly names: TopicNames
  readonly clock: Clock
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly freezesValues: boolean
  readonly onDeserializationError: DeserializationHandler
  readonly onProcessingError: ProcessingHandler
  openByteStore(storeName: string, use: StoreUse): ByteStore
  dropped(task: string, node: string, reason: string): void
}

const GLOBAL_TASK: TaskId = { subtopology: -1, partition: -1 }

interface GlobalStore {
  readonly spec: GlobalStoreSpec
  readonly store: StateStore
  readonly source: SourceRunner
  readonly queues: Map<string, RecordQueue>
}

export class GlobalState implements TaskServices {
  readonly applicationId: string
  readonly id: TaskId = GLOBAL_TASK
  readonly clock: Clock
  readonly recordContext: TaskRecordContext = new TaskRecordContext()
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly emitIntervalMs = 0
  readonly freezesValues: boolean
  readonly onProcessingError: ProcessingHandler
  /** A global table has no producer: what fails there is skipped and counted. */
  readonly deadLetters: undefined = undefined
  readonly #options: GlobalStateOptions
  readonly #byTopic = new Map<string, GlobalStore>()
  readonly #stores = new Map<string, StateStore>()
  readonly #runners: ProcessorRunner[] = []

  constructor(options: GlobalStateOptions) {
    this.#options = options
    this.applicationId = options.names.applicationId
    this.clock = options.clock
    this.freezesValues = options.freezesValues
    this.defaultKeySerde = options.defaultKeySerde
    this.defaultValueSerde = options.defaultValueSerde
    this.onProcessingError = options.onProcessingError
    for (const spec of options.topology.globalStores) this.#addStore(spec)
  }

  #addStore(spec: GlobalStoreSpec): void {
    const store = spec.store.build()
    const source = new SourceRunner(spec.source.name)
    const supplier = spec.supplier as unknown as () => ConstructorParameters<typeof ProcessorRunner>[1]
    const runner = new ProcessorRunner(spec.processorName, supplier(), [store.name], this)
    source.children = [runner]
    this.#runners.push(runner)
    this.#stores.set(store.name, store)
    for (const topic of spec.source.topics as readonly string[]) {
      this.#byTopic.set(this.#options.names.physical(topic), { spec, store, source, queues: new Map() })
    }
  }

  /** Topics to be read, by the cluster's names. */
  get topics(): string[] {
    return [...this.#byTopic.keys()]
  }

  init(): void {
    for (const [topic, { store }] of this.#byTopic) {
      store.init({
        taskId: 'global',
        context: this.recordContext,
        clock: this.clock,
        recordCache: undefined,
        defaultKeySerde: this.#options.defaultKeySerde,
        defaultValueSerde: this.#options.defaultValueSerde,
        freezesValues: this.freezesValues,
        openByteStore: (name, use) => this.#options.openByteStore(name, use),
        changelogTopic: () => topic,
        changelog: () => undefined,
        dropped: (name, reason) => this.dropped(name, reason),
      })
    }
    for (const runner of this.#runners) runner.init()
  }

  /** Applies what was fetched, at once. */
  update(fetched: FetchedBatch): void {
    const target = this.#byTopic.get(fetched.topic)
    if (target === undefined) return
    const queue = this.#queue(target, fetched.topic, fetched.partition)
    queue.add(fetched)
    const context = this.recordContext
    while (!queue.isEmpty) {
      const offset = queue.headOffset
      const record = queue.poll()
      if (record === undefined) continue
      context.topic = fetched.topic
      context.partition = fetched.partition
      context.offset = offset
      context.timestamp = record.timestamp
      context.current = record
      target.source.process(record)
    }
    target.store.commit(undefined)
  }

  #queue(target: GlobalStore, topic: string, partition: number): RecordQueue {
    const key = `${topic}-${partition}`
    let queue = target.queues.get(key)
    if (queue === undefined) {
      queue = new RecordQueue({
        topic,
        partition,
        task: 'global',
        spec: target.spec.source,
        source: target.source,
        keySerde: resolveSerde(target.spec.source.keySerde, this.#options.defaultKeySerde),
        valueSerde: resolveSerde(target.spec.source.valueSerde, this.#options.defaultValueSerde),
        clock: this.clock,
        onDeserializationError: this.#options.onDeserializationError,
        deadLetters: undefined,
        dropped: (node, reason) => this.dropped(node, reason),
      })
      target.queues.set(key, queue)
    }
    return queue
  }

  close(): void {
    for (const runner of this.#runners) runner.close()
    for (const store of this.#stores.values()) store.close()
  }

  store(name: string): StateStore | undefined {
    return this.#stores.get(name)
  }

  streamTime(): number {
    return -1
  }

  schedule(): never {
    throw new StreamsError(
      'MILLRACE_GLOBAL_PUNCTUATION',
      'A global store has no tasks, so its processor cannot schedule punctuations.',
    )
  }

  requestCommit(): void {}

  dropped(node: string, reason: string): void {
    this.#options.dropped('global', node, reason)
  }

  putProcessorMetadata(): void {}

  processorMetadata(): undefined {
    return undefined
  }
}
