/**
 * The physical topology: sources, processors, sinks, stores, and what is known of topics. Operators write themselves into
 * it; the runtime reads it. Plain data once built: nothing here runs.
 *
 * This file has the shapes; `topology-builder.ts` implements `Topology` with Kafka Streams' checks, `subtopologies.ts`
 * groups nodes, `describe.ts` prints them.
 */

import type { ProcessorSupplier } from '../processor/processor.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { StoreBuilder } from '../state/state-store.ts'

export interface ExtractionInput {
  readonly key: unknown
  readonly value: unknown
  /** The record's own timestamp, ms. */
  readonly timestamp: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: StreamRecord<unknown, unknown>['headers']
}

/** Event time of a record. A negative result drops the record (counted). Named, since the name is part of the plan. */
export interface TimestampExtractor {
  readonly name: string
  extract(record: ExtractionInput, partitionTime: number, wallClockTime: number): number
}

export type OffsetReset = 'earliest' | 'latest' | 'none' | { readonly byDurationMs: number }

export interface SourceSpec {
  readonly name: string
  /** Topic names (logical: internal ones without the application id), or a pattern. */
  readonly topics: readonly string[] | RegExp
  readonly keySerde: Serde<unknown> | undefined
  readonly valueSerde: Serde<unknown> | undefined
  readonly timestampExtractor?: TimestampExtractor | undefined
  readonly offsetReset?: OffsetReset | undefined
}

export interface ProcessorSpec {
  readonly name: string
  readonly parents: readonly string[]
  readonly supplier: ProcessorSupplier<never, never, unknown, unknown>
}

/** Undefined: the default partitioner; an empty list drops the record (counted); several: multicast (KIP-873). */
export type StreamPartitioner<K, V> = (
  topic: string,
  key: K,
  value: V,
  partitions: number,
) => number | readonly number[] | undefined

export interface TopicExtractor<K, V> {
  (record: StreamRecord<K, V>): string
  /** Shown by `describe()`. */
  readonly extractorName?: string
}

export interface SinkSpec {
  readonly name: string
  readonly parents: readonly string[]
  readonly topic: string | TopicExtractor<never, never>
  readonly keySerde: Serde<unknown> | undefined
  readonly valueSerde: Serde<unknown> | undefined
  readonly partitioner?: StreamPartitioner<never, never> | undefined
  /**
   * Bytes the default partitioner hashes, when they are not the key's own (windowed keys: the inner key's, law of
   * reference 2.11).
   */
  readonly partitionKeySerde?: Serde<unknown> | undefined
}

export interface InternalTopicSpec {
  readonly name: string
  /** Pinned partition count; undefined: from upstream. */
  readonly partitions?: number | undefined
}

export interface GlobalStoreSpec {
  readonly store: StoreBuilder
  readonly source: SourceSpec
  readonly processorName: string
  readonly supplier: ProcessorSupplier<never, never, unknown, unknown>
}

/** What a graph node can write. */
export interface Topology {
  addSource(source: SourceSpec): void
  addProcessor(processor: ProcessorSpec): void
  addSink(sink: SinkSpec): void
  /** Adds a store (the same builder twice is no error) and connects it. */
  addStateStore(store: StoreBuilder, processorNames: readonly string[]): void
  connectProcessorAndStores(processorName: string, storeNames: readonly string[]): void
  addGlobalStore(store: GlobalStoreSpec): void
  /** A store that is a topic's content: no changelog of its own (KIP-813; reused source topics; logging stays off). */
  connectSourceStoreAndTopic(storeName: string, topic: string): void
  addInternalTopic(topic: InternalTopicSpec): void
  /** Source nodes that must have equal partition counts. */
  copartition(sourceNames: readonly string[]): void
  /** Where two nodes read one store although they were not connected, e.g. foreign-key joins. */
  readonly hasStore: (name: string) => boolean
  /** A store's declaration, once it was added: what a reader of it must check. */
  readonly storeOf: (name: string) => StoreBuilder | undefined
}
