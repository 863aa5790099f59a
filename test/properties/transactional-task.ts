/**
 * A topology as one task over topics that are plain lists, with the commits and crashes of exactly once at points that the test
 * chooses: what was not committed at a crash is gone from the topics, and everything starts again from the committed offsets.
 *
 * Each topic has one partition. What the task writes to a topic that it reads is delivered at once, uncommitted too.
 */

import { ManualClock } from '@millrace/testing'
import { type BuiltTopology, type Headers, json, string } from 'millrace'
import { columnBatchFrom } from 'millrace/log'
import { decodeCommitMetadata, RecordCache, storeEnvironment, Task, TopicNames } from 'millrace/runtime'
import { MemoryStore, type StateStore } from 'millrace/state'

export interface Stored {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: Headers | undefined
}

/** A disk: what is committed outlives the task. */
class KeptStore extends MemoryStore {
  override close(): void {}
}

export class TransactionalTask {
  readonly #topology: BuiltTopology
  readonly #names: TopicNames
  readonly #cacheMaxBytes: number
  readonly #clock = new ManualClock(0)
  readonly #topics = new Map<string, Stored[]>()
  readonly #given = new Map<string, number>()
  readonly #written = new Set<string>()
  readonly #committedEnds = new Map<string, number>()
  readonly #committed = new Map<string, { readonly offset: number; readonly metadata: string }>()
  readonly #inputs: readonly string[]
  #disk = new Map<string, KeptStore>()
  #pending: (Stored & { readonly topic: string })[] = []
  #task: Task

  constructor(topology: BuiltTopology, options: { readonly cacheMaxBytes: number }) {
    this.#topology = topology
    this.#names = new TopicNames('app', topology)
    this.#cacheMaxBytes = options.cacheMaxBytes
    const sources = [...topology.nodes.values()].filter((node) => node.type === 'source')
    this.#inputs = [...new Set(sources.flatMap(({ spec }) => spec.topics as readonly string[]))].map((topic) =>
      this.#names.physical(topic),
    )
    this.#task = this.#start(1)
  }

  /** Gives the task records as one batch a topic, and has it process all of them. */
  process(records: readonly (Stored & { readonly topic: string })[]): void {
    for (const { topic, ...record } of records) this.#topic(topic).push(record)
    this.#deliver()
    while (this.#task.processOne()) {
      this.#task.punctuateStreamTime()
      this.#takeOutput()
      this.#deliver()
    }
  }

  commit(): void {
    const offsets = this.#task.prepareCommit()
    this.#takeOutput()
    for (const { topic, offset, metadata } of offsets) this.#committed.set(topic, { offset, metadata })
    for (const topic of this.#written) this.#committedEnds.set(topic, this.#topic(topic).length)
    this.#task.completeCommit(offsets, (store) => this.#topic(this.#names.changelog(store)).length)
    this.#deliver()
  }

  /** Commits until nothing is left to do: what a flush of the record cache puts into repartition topics too. */
  settle(): void {
    for (let round = 0; round < 10; round++) {
      this.process([])
      this.commit()
    }
  }

  /**
   * Ends the task without a commit and starts another one.
   *
   * @param keepsDisk its stores have what was committed, and nothing is to be replayed; else all of the changelog is
   * @param batchSize records restored at a time
   */
  crash(keepsDisk: boolean, batchSize: number): void {
    this.#task.close(false)
    this.#pending = []
    if (!keepsDisk) this.#disk = new Map()
    for (const topic of this.#written) this.#topic(topic).length = this.#committedEnds.get(topic) ?? 0
    for (const topic of this.#inputs) this.#given.set(topic, this.#committed.get(topic)?.offset ?? 0)
    this.#task = this.#start(batchSize)
    this.#deliver()
    this.process([])
  }

  topic(name: string): readonly Stored[] {
    return this.#topic(name)
  }

  /** Topics that the task wrote, changelogs and repartitions included, by name. */
  get written(): string[] {
    return [...this.#written].sort()
  }

  get stores(): readonly StateStore[] {
    return this.#task.stores
  }

  close(): void {
    this.#task.close(true)
  }

  #topic(name: string): Stored[] {
    let records = this.#topics.get(name)
    if (records === undefined) this.#topics.set(name, (records = []))
    return records
  }

  #takeOutput(): void {
    for (const { topic, ...record } of this.#pending) {
      this.#written.add(topic)
      this.#topic(topic).push(record)
    }
    this.#pending = []
  }

  #deliver(): void {
    for (const topic of this.#inputs) {
      const from = this.#given.get(topic) ?? 0
      const records = this.#topic(topic)
      if (from === records.length) continue
      const batch = columnBatchFrom(records.slice(from).map((record, index) => ({ ...record, offset: from + index })))
      const end = records.length
      this.#given.set(topic, end)
      this.#task.add({ topic, partition: 0, batch, nextOffset: end, endOffset: end, lastStableOffset: end })
    }
  }

  #start(batchSize: number): Task {
    const common = {
      topology: this.#topology,
      names: this.#names,
      clock: this.#clock,
      defaultKeySerde: string(),
      defaultValueSerde: json(),
      collector: {
        partitionCount: () => 1,
        append: (topic: string, _partition: number, key: unknown, value: unknown, timestamp = 0, headers?: Headers) => {
          this.#pending.push({ topic, key: bytes(key), value: bytes(value), timestamp, headers: headers?.copy() })
        },
      },
    }
    const recordCache = this.#cacheMaxBytes > 0 ? new RecordCache(this.#cacheMaxBytes) : undefined
    const task = new Task({
      ...common,
      id: { subtopology: 0, partition: 0 },
      subtopologies: this.#topology.subtopologies,
      inputs: this.#inputs.map((topic) => ({ topic, partition: 0 })),
      freezesValues: true,
      emitIntervalMs: 0,
      onDeserializationError: () => 'fail',
      onProcessingError: () => 'fail',
      dropped: () => {},
      globalStore: () => undefined,
      storeEnvironment: (owner) =>
        storeEnvironment(owner, { ...common, recordCache, openByteStore: (_task, name) => this.#open(name) }),
    } as ConstructorParameters<typeof Task>[0])
    task.initStores()
    for (const store of task.stores) this.#restore(store, batchSize)
    task.initProcessors(
      [...this.#committed].map(([topic, { metadata }]) => [{ topic, partition: 0 }, decodeCommitMetadata(metadata)]),
    )
    return task
  }

  #open(name: string): MemoryStore {
    let store = this.#disk.get(name)
    if (store === undefined) this.#disk.set(name, (store = new KeptStore(name)))
    return store
  }

  #restore(store: StateStore, batchSize: number): void {
    const changelog = this.#topic(this.#names.changelog(store.name))
    for (let at = store.committedOffset() ?? 0; at < changelog.length; at += batchSize) {
      const rows = changelog.slice(at, at + batchSize)
      store.restore(columnBatchFrom(rows.map((record, index) => ({ ...record, offset: at + index }))))
      store.commit(at + rows.length)
    }
  }
}

function bytes(value: unknown): Uint8Array | null {
  if (value === null) return null
  return typeof value === 'string' ? Buffer.from(value) : Uint8Array.prototype.slice.call(value)
}
