/**
 * A finished topology: frozen plain data that the runtime turns into tasks and `describe()` prints. Topic names are
 * logical: internal ones get the application id as prefix (`<application id>-<name>`) by whoever runs it.
 */

import type { StoreBuilder } from '../state/state-store.ts'
import type { GlobalStoreSpec, InternalTopicSpec, ProcessorSpec, SinkSpec, SourceSpec } from './topology.ts'

export interface SourceNode {
  readonly type: 'source'
  readonly name: string
  readonly spec: SourceSpec
  /** In the order they were connected: the order of forwarding. */
  readonly children: readonly string[]
}

export interface ProcessorNode {
  readonly type: 'processor'
  readonly name: string
  readonly spec: ProcessorSpec
  readonly children: readonly string[]
  /** Names of connected stores. */
  readonly stores: readonly string[]
}

export interface SinkNode {
  readonly type: 'sink'
  readonly name: string
  readonly spec: SinkSpec
}

export type PhysicalNode = SourceNode | ProcessorNode | SinkNode

export interface StoreDeclaration {
  readonly builder: StoreBuilder
  /** The topic whose content the store is, if it needs no changelog of its own. */
  readonly sourceTopic: string | undefined
}

export interface Subtopology {
  /** Kafka Streams' number: order of the first node's insertion. */
  readonly id: number
  /** Node names in insertion order. */
  readonly nodes: readonly string[]
  /** Topics read, repartition topics included (logical names). A pattern source adds what matches at run time. */
  readonly sourceTopics: readonly string[]
  /** Topics written whose name is fixed. */
  readonly sinkTopics: readonly string[]
  /** Stores in Kafka Streams' order (that of cache flushes). */
  readonly stores: readonly string[]
  readonly copartitionGroups: readonly (readonly string[])[]
}

export interface BuiltTopology {
  /** In insertion order. */
  readonly nodes: ReadonlyMap<string, PhysicalNode>
  readonly subtopologies: readonly Subtopology[]
  readonly stores: ReadonlyMap<string, StoreDeclaration>
  readonly globalStores: readonly GlobalStoreSpec[]
  /** Repartition and foreign-key topics. */
  readonly internalTopics: ReadonlyMap<string, InternalTopicSpec>
  /** Kafka Streams' `Topology.describe()` text. */
  describe(): string
}
