/**
 * The physical topology being written, with Kafka Streams' checks. A mistake is noted and writing goes on, so that
 * `finish()` can list all of them in one error (law 12).
 *
 * Works from what it is told alone: no operator is known here.
 */

import type { ProcessorSupplier } from '../processor/processor.ts'
import { TopologyError } from '../record/errors.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import type { BuiltTopology, PhysicalNode, StoreDeclaration } from './built-topology.ts'
import { finishTopology } from './finish-topology.ts'
import { javaHashOrder } from './java-order.ts'
import { NodeGrouper } from './subtopologies.ts'
import { matchesWholeTopic, patternText, wholeTopicPattern } from './topic-pattern.ts'
import type { GlobalStoreSpec, InternalTopicSpec, ProcessorSpec, SinkSpec, SourceSpec, Topology } from './topology.ts'

export interface WrittenNode {
  readonly node: PhysicalNode
  readonly parents: readonly string[]
  readonly children: string[]
  readonly stores: string[]
}

/** What has been written, complete: `finish-topology.ts` freezes it into a `BuiltTopology`. */
export interface WrittenTopology {
  readonly nodes: ReadonlyMap<string, WrittenNode>
  readonly stores: ReadonlyMap<string, StoreDeclaration>
  readonly globalStores: ReadonlyMap<string, GlobalStoreSpec>
  readonly internalTopics: ReadonlyMap<string, InternalTopicSpec>
  readonly copartitionGroups: readonly (readonly string[])[]
  /** Node names, in groups that are connected. Global stores are groups of source and processor. */
  readonly groups: readonly (readonly string[])[]
}

/** Wraps every processor, also the DSL's own (KIP-1112): to trace, to time, to inject faults. Names the node it is for. */
export type ProcessorWrapper = (
  nodeName: string,
  supplier: ProcessorSupplier<never, never, unknown, unknown>,
) => ProcessorSupplier<never, never, unknown, unknown>

export class TopologyBuilder implements Topology {
  readonly mistakes: string[] = []
  readonly #wrap: ProcessorWrapper
  readonly #nodes = new Map<string, WrittenNode>()
  readonly #stores = new Map<string, StoreBuilder>()
  readonly #storeUsers = new Map<string, string>()
  readonly #storeTopics = new Map<string, string>()
  readonly #globalStores = new Map<string, GlobalStoreSpec>()
  readonly #globalNames = new Set<string>()
  readonly #sourceTopics = new Set<string>()
  readonly #sourcePatterns: RegExp[] = []
  readonly #internalTopics = new Map<string, InternalTopicSpec>()
  readonly #copartition: string[][] = []
  readonly #grouper = new NodeGrouper()

  constructor(wrap: ProcessorWrapper = (_nodeName, supplier) => supplier) {
    this.#wrap = wrap
  }

  readonly hasStore = (name: string): boolean => this.#stores.has(name) || this.#globalStores.has(name)

  readonly storeOf = (name: string): StoreBuilder | undefined =>
    this.#stores.get(name) ?? this.#globalStores.get(name)?.store

  addSource(source: SourceSpec): void {
    if (!this.#nameIsFree(source.name)) return
    if (source.topics instanceof RegExp) this.#notePattern(source.topics)
    else if (source.topics.length === 0) this.#mistake(`Source ${source.name} has no topics; name at least one.`)
    else for (const topic of source.topics) this.#noteTopic(topic)
    const topics =
      source.topics instanceof RegExp ? wholeTopicPattern(source.topics) : javaHashOrder(source.topics, true)
    this.#put({ type: 'source', name: source.name, spec: { ...source, topics }, children: [] }, [])
  }

  addProcessor(processor: ProcessorSpec): void {
    if (!this.#nameIsFree(processor.name) || !this.#parentsExist(processor.name, processor.parents)) return
    this.#put(
      { type: 'processor', name: processor.name, spec: this.#wrapped(processor), children: [], stores: [] },
      processor.parents,
    )
  }

  addSink(sink: SinkSpec): void {
    if (!this.#nameIsFree(sink.name) || !this.#parentsExist(sink.name, sink.parents)) return
    this.#put({ type: 'sink', name: sink.name, spec: sink }, sink.parents)
  }

  addStateStore(store: StoreBuilder, processorNames: readonly string[]): void {
    const known = this.#stores.get(store.name)
    if (known !== undefined && known !== store) {
      this.#mistake(`A different state store is already named ${store.name}; give one of them another name.`)
    } else if (this.#globalStores.has(store.name)) {
      this.#mistake(`A global store is already named ${store.name}; give one of them another name.`)
    } else this.#stores.set(store.name, store)
    for (const processor of processorNames) this.#connect(processor, store.name)
  }

  connectProcessorAndStores(processorName: string, storeNames: readonly string[]): void {
    for (const store of storeNames) this.#connect(processorName, store)
  }

  addGlobalStore(global: GlobalStoreSpec): void {
    const { source, processorName, store } = global
    if (!this.#nameIsFree(source.name) || !this.#nameIsFree(processorName)) return
    if (source.name === processorName) {
      this.#mistake(`Global store ${store.name}: source and processor are both named ${processorName}.`)
      return
    }
    if (this.hasStore(store.name)) {
      this.#mistake(`A different state store is already named ${store.name}; give one of them another name.`)
    }
    if (source.topics instanceof RegExp) this.#mistake(`Global store ${store.name} must read one topic, not a pattern.`)
    else for (const topic of source.topics) this.#noteTopic(topic)
    this.#put({ type: 'source', name: source.name, spec: source, children: [] }, [])
    const spec = this.#wrapped({ name: processorName, parents: [source.name], supplier: global.supplier })
    this.#put({ type: 'processor', name: processorName, spec, children: [], stores: [] }, [source.name])
    this.#nodes.get(processorName)?.stores.push(store.name)
    this.#globalNames.add(source.name).add(processorName)
    this.#globalStores.set(store.name, { ...global, supplier: spec.supplier })
  }

  connectSourceStoreAndTopic(storeName: string, topic: string): void {
    if (this.#storeTopics.has(storeName)) this.#mistake(`Store ${storeName} already has a source topic.`)
    else this.#storeTopics.set(storeName, topic)
  }

  addInternalTopic(topic: InternalTopicSpec): void {
    this.#internalTopics.set(topic.name, Object.freeze({ ...topic }))
  }

  copartition(sourceNames: readonly string[]): void {
    this.#copartition.push([...sourceNames])
  }

  /**
   * Freezes what was written.
   *
   * @throws TopologyError that lists every mistake, those the caller found too
   */
  finish(otherMistakes: readonly string[] = []): BuiltTopology {
    const mistakes = [...otherMistakes, ...this.mistakes]
    const written: WrittenTopology = {
      nodes: this.#nodes,
      stores: this.#usedStores(),
      globalStores: this.#globalStores,
      internalTopics: this.#internalTopics,
      copartitionGroups: this.#copartition,
      groups: this.#grouper.groups(),
    }
    const { topology, mistakes: found } = finishTopology(written)
    mistakes.push(...found)
    if (mistakes.length === 0) return topology
    const distinct = [...new Set(mistakes)]
    throw new TopologyError(
      distinct.length === 1
        ? `Invalid topology: ${distinct[0]}`
        : `Invalid topology: ${distinct.length} mistakes:\n- ${distinct.join('\n- ')}`,
    )
  }

  /** A store that nobody uses is no mistake: as in Kafka Streams, it is never made. */
  #usedStores(): Map<string, StoreDeclaration> {
    const used = new Map<string, StoreDeclaration>()
    for (const [name, builder] of this.#stores) {
      if (this.#storeUsers.has(name))
        used.set(name, Object.freeze({ builder, sourceTopic: this.#storeTopics.get(name) }))
    }
    return used
  }

  #wrapped(spec: ProcessorSpec): ProcessorSpec {
    return { ...spec, supplier: this.#wrap(spec.name, spec.supplier) }
  }

  #put(node: PhysicalNode, parents: readonly string[]): void {
    this.#nodes.set(node.name, { node, parents, children: [], stores: [] })
    this.#grouper.add(node.name)
    for (const parent of parents) {
      this.#grouper.unite(node.name, parent)
      this.#nodes.get(parent)?.children.push(node.name)
    }
  }

  #connect(processorName: string, storeName: string): void {
    const written = this.#nodes.get(processorName)
    if (this.#globalStores.has(storeName)) {
      this.#mistake(`${processorName}: global store ${storeName} is open to every processor; do not connect it.`)
    } else if (!this.#stores.has(storeName)) {
      this.#mistake(
        `${processorName}: state store ${storeName} is unknown; add it with addStateStore before this step.`,
      )
    } else if (written === undefined) {
      this.#mistake(`State store ${storeName} cannot be connected to ${processorName}: there is no such processor.`)
    } else if (written.node.type !== 'processor') {
      this.#mistake(`State store ${storeName} cannot be connected to ${processorName}: it is a ${written.node.type}.`)
    } else {
      const user = this.#storeUsers.get(storeName)
      if (user === undefined) this.#storeUsers.set(storeName, processorName)
      else this.#grouper.unite(user, processorName)
      if (!written.stores.includes(storeName)) written.stores.push(storeName)
    }
  }

  #nameIsFree(name: string): boolean {
    if (!this.#nodes.has(name)) return true
    this.#mistake(`There are two nodes named ${name}; name one of them differently.`)
    return false
  }

  #parentsExist(name: string, parents: readonly string[]): boolean {
    if (parents.length === 0) this.#mistake(`${name} has no parent.`)
    for (const parent of parents) {
      const written = this.#nodes.get(parent)
      if (written === undefined) this.#mistake(`${name}: its parent ${parent} is unknown.`)
      else if (written.node.type === 'sink') this.#mistake(`${name}: the sink ${parent} cannot have children.`)
      else continue
      return false
    }
    return parents.length > 0
  }

  #noteTopic(topic: string): void {
    const pattern = this.#sourcePatterns.find((candidate) => matchesWholeTopic(candidate, topic))
    if (this.#sourceTopics.has(topic)) {
      this.#mistake(`Topic ${topic} is read by two sources; read it once and share the stream.`)
    } else if (pattern !== undefined) {
      this.#mistake(
        `Topic ${topic} is read by a source of its own and matches the pattern ${patternText(pattern)} of another.`,
      )
    }
    this.#sourceTopics.add(topic)
  }

  #notePattern(pattern: RegExp): void {
    for (const topic of this.#sourceTopics) {
      if (!matchesWholeTopic(pattern, topic)) continue
      this.#mistake(`Pattern ${patternText(pattern)} matches the topic ${topic}, which another source reads.`)
    }
    this.#sourcePatterns.push(pattern)
  }

  #mistake(text: string): void {
    this.mistakes.push(text)
  }
}
