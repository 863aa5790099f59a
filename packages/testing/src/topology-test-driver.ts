/**
 * Runs a topology without a log, synchronously: pipe a record in, read what comes out. It is the production task with a
 * collector that captures; all sub-topologies are one task, every topic has one partition, and there is a commit after
 * each record, as in Kafka Streams' TopologyTestDriver (`conformance/FORMAT.md`, The driver).
 *
 * By default values are serialised through stores and deeply frozen, so that a callback that mutates its input, or a lossy
 * serde, fails here and not in production.
 */

import { type BuiltTopology, type Headers, json, type Serde, type StateStore, string, type Topic } from 'millrace'
import { columnBatchFrom } from 'millrace/log'
import {
  type DeserializationHandler,
  GlobalState,
  type ProcessingHandler,
  type ProductionHandler,
  RecordCache,
  storeEnvironment,
  Task,
  TopicNames,
} from 'millrace/runtime'
import { MemoryStore } from 'millrace/state'
import { CapturingCollector, type ProducedRecord } from './capturing-collector.ts'
import { ManualClock } from './manual-clock.ts'
import { TestInputTopic } from './test-input-topic.ts'
import { TestOutputTopic } from './test-output-topic.ts'

export interface TopologyTestDriverOptions {
  /** Prefix of internal topics. Default `test`. */
  readonly applicationId?: string
  /** Wall-clock time at the start, ms. Default 0. */
  readonly startTimeMs?: number
  /** `statestore.cache.max.bytes`. Default 0: each update is forwarded. */
  readonly cacheMaxBytes?: number
  /** Values are serialised through stores and deeply frozen. Default true. */
  readonly freezeValues?: boolean
  /** Default `fail`. */
  readonly deserializationExceptionHandler?: 'fail' | 'continue' | 'dead-letter'
  /** Default `fail`. */
  readonly processingExceptionHandler?: 'fail' | 'continue' | 'dead-letter'
  /** Records that cannot be serialised or are too large. Default `fail`. */
  readonly productionExceptionHandler?: 'fail' | 'continue' | 'dead-letter'
  /** Bytes of the largest record that may be written. Default 1 MiB. */
  readonly maxRequestSize?: number
  /** Where records go that a handler answers with 'dead-letter'. */
  readonly deadLetterTopic?: string
}

/** A record as bytes. */
export interface RawRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers?: Headers | undefined
}

export class TopologyTestDriver implements Disposable {
  readonly clock: ManualClock
  readonly #task: Task
  readonly #global: GlobalState
  readonly #collector = new CapturingCollector()
  readonly #sourceTopics = new Set<string>()
  readonly #patterns: RegExp[] = []
  readonly #offsets = new Map<string, number>()
  readonly #produced = new Map<string, ProducedRecord[]>()
  readonly #dropped = new Map<string, number>()
  readonly #globalTopics: ReadonlySet<string>

  constructor(topology: BuiltTopology, options: TopologyTestDriverOptions = {}) {
    this.clock = new ManualClock(options.startTimeMs ?? 0)
    const names = new TopicNames(options.applicationId ?? 'test', topology)
    for (const node of topology.nodes.values()) {
      if (node.type !== 'source') continue
      if (node.spec.topics instanceof RegExp) this.#patterns.push(node.spec.topics)
      else for (const topic of node.spec.topics) this.#sourceTopics.add(names.physical(topic))
    }
    const onDeserializationError: DeserializationHandler = () => options.deserializationExceptionHandler ?? 'fail'
    const onProductionError: ProductionHandler = () => options.productionExceptionHandler ?? 'fail'
    const onProcessingError: ProcessingHandler = () => options.processingExceptionHandler ?? 'fail'
    const dropped = (_task: string, node: string, reason: string): void => {
      const key = `${node}:${reason}`
      this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + 1)
    }
    const cacheMaxBytes = options.cacheMaxBytes ?? 0
    const common = {
      topology,
      names,
      clock: this.clock,
      collector: this.#collector,
      defaultKeySerde: string() as Serde<unknown>,
      defaultValueSerde: json() as Serde<unknown>,
      freezesValues: options.freezeValues ?? true,
      emitIntervalMs: 0,
      onDeserializationError,
      onProcessingError,
      onProductionError,
      recordLimit: () => options.maxRequestSize ?? 1024 * 1024,
      deadLetterTopic: options.deadLetterTopic,
      dropped,
    }
    this.#global = new GlobalState({ ...common, openByteStore: (name) => new MemoryStore(name) })
    this.#globalTopics = new Set(this.#global.topics)
    const recordCache = cacheMaxBytes > 0 ? new RecordCache(cacheMaxBytes) : undefined
    this.#task = new Task({
      ...common,
      id: { subtopology: 0, partition: 0 },
      subtopologies: topology.subtopologies,
      inputs: [...this.#sourceTopics].map((topic) => ({ topic, partition: 0 })),
      globalStore: (name) => this.#global.store(name),
      storeEnvironment: (task) =>
        storeEnvironment(task, { ...common, recordCache, openByteStore: (_task, name) => new MemoryStore(name) }),
    })
    this.#global.init()
    this.#task.initStores()
    this.#task.initProcessors()
  }

  /** A typed way in. */
  inputTopic<K, V>(
    topic: Topic<K, V>,
    options?: { startTimeMs?: number; autoAdvanceMs?: number },
  ): TestInputTopic<K, V> {
    return new TestInputTopic(this, topic, options)
  }

  /** A typed way out. */
  outputTopic<K, V>(topic: Topic<K, V>): TestOutputTopic<K, V> {
    return new TestOutputTopic(this, topic)
  }

  /** Pipes one record as bytes, and runs until nothing is left to do. */
  pipeRaw(topic: string, record: RawRecord): void {
    const known = this.#isSource(topic)
    if (!known && !this.#globalTopics.has(topic)) {
      throw new TypeError(
        `The topology reads no topic ${topic}. It reads: ${[...this.#sourceTopics, ...this.#globalTopics].join(', ')}.`,
      )
    }
    this.#enqueue(topic, record)
    this.#run()
  }

  /** Moves the clock, runs wall-clock punctuations, commits, and feeds back what came out. */
  advanceWallClockTime(ms: number): void {
    this.clock.advance(ms)
    this.#task.punctuateWallClock()
    this.#commit()
    this.#run()
  }

  /** A state store by name, global ones included; undefined if there is none. */
  store<S extends StateStore>(name: string): S | undefined {
    return this.#task.store(name) as S | undefined
  }

  /** What was produced to a topic (by its name on the cluster) and not yet taken, as bytes. */
  takeProduced(topic: string): ProducedRecord[] {
    const produced = this.#produced.get(topic) ?? []
    this.#produced.delete(topic)
    return produced
  }

  /** One record of a topic, oldest first. */
  takeOne(topic: string): ProducedRecord | undefined {
    return this.#produced.get(topic)?.shift()
  }

  /** Topics produced to, internal ones included. */
  producedTopics(): string[] {
    return [...this.#produced.keys()]
  }

  /** Dropped records by `operator:reason`. */
  droppedRecords(): ReadonlyMap<string, number> {
    return this.#dropped
  }

  close(): void {
    this.#task.close(true)
    this.#global.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #isSource(topic: string): boolean {
    return this.#sourceTopics.has(topic) || this.#patterns.some((pattern) => pattern.test(topic))
  }

  #enqueue(topic: string, record: RawRecord): void {
    const offset = this.#offsets.get(topic) ?? 0
    this.#offsets.set(topic, offset + 1)
    const { key, value, timestamp, headers } = record
    const batch = columnBatchFrom([{ key, value, timestamp, headers, offset }])
    const end = offset + 1
    const fetched = { topic, partition: 0, batch, nextOffset: end, endOffset: end, lastStableOffset: end }
    // A global topic's store is updated at once, also where the task reads the topic too.
    if (this.#globalTopics.has(topic)) this.#global.update(fetched)
    if (this.#isSource(topic)) this.#task.add(fetched)
  }

  #run(): void {
    while (this.#task.processOne()) {
      this.#task.punctuateStreamTime()
      this.#commit()
    }
  }

  #commit(): void {
    const offsets = this.#task.prepareCommit()
    this.#task.completeCommit(offsets)
    for (const record of this.#collector.take()) {
      let produced = this.#produced.get(record.topic)
      if (produced === undefined) this.#produced.set(record.topic, (produced = []))
      produced.push(record)
      if (this.#isSource(record.topic) || this.#globalTopics.has(record.topic)) {
        const { key, value, headers } = record
        this.#enqueue(record.topic, { key, value, timestamp: record.timestamp ?? this.clock.now(), headers })
      }
    }
  }
}
