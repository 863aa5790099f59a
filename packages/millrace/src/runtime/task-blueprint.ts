/**
 * From a topology to a task's running parts: queues for its input partitions, runners for its nodes, connected as the
 * topology says, and its stores. One way for the worker and for the test driver.
 */

import type { TopicPartition } from '../log/log.ts'
import type { BuiltTopology, PhysicalNode, Subtopology } from '../plan/built-topology.ts'
import type { TaskId } from '../processor/processor-context.ts'
import type { Clock } from '../record/clock.ts'
import { resolveSerde } from '../record/deferred-serde.ts'
import { TopologyError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { StateStore, StoreEnvironment } from '../state/state-store.ts'
import type { DeserializationHandler, ProcessingHandler, ProductionHandler } from './error-handlers.ts'
import { ProcessorRunner, type TaskServices } from './processor-runner.ts'
import type { RecordCollector } from './record-collector.ts'
import { RecordQueue } from './record-queue.ts'
import type { Runner } from './runner.ts'
import { SinkRunner } from './sink-runner.ts'
import { SourceRunner } from './source-runner.ts'
import type { Task } from './task.ts'
import type { TopicNames } from './topic-names.ts'

export interface TaskBlueprint {
  readonly id: TaskId
  readonly topology: BuiltTopology
  readonly subtopologies: readonly Subtopology[]
  /** By the cluster's topic names. */
  readonly inputs: readonly TopicPartition[]
  readonly names: TopicNames
  readonly clock: Clock
  readonly collector: RecordCollector
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly emitIntervalMs: number
  readonly freezesValues: boolean
  readonly onDeserializationError: DeserializationHandler
  readonly onProcessingError: ProcessingHandler
  /** Default: fail. */
  readonly onProductionError?: ProductionHandler
  /** Where records go that a handler answers with 'dead-letter'. */
  readonly deadLetterTopic?: string | undefined
  storeEnvironment(task: Task): StoreEnvironment
  globalStore(name: string): StateStore | undefined
  /** Bytes of the largest record that a topic takes. Default: any. */
  recordLimit?(topic: string): number
  dropped(task: string, node: string, reason: string): void
}

export interface TaskParts {
  readonly queues: readonly RecordQueue[]
  readonly processors: readonly ProcessorRunner[]
  readonly stores: readonly StateStore[]
}

export function buildTask(blueprint: TaskBlueprint, services: TaskServices): TaskParts {
  const { topology, names, collector } = blueprint
  const nodes = blueprint.subtopologies.flatMap((subtopology) =>
    subtopology.nodes.map((name) => topology.nodes.get(name) as PhysicalNode),
  )
  // The driver runs all sub-topologies as one task: their nodes in order of insertion, as in Kafka Streams.
  const order = new Map([...topology.nodes.keys()].map((name, index) => [name, index]))
  nodes.sort((a, b) => (order.get(a.name) as number) - (order.get(b.name) as number))

  const globalStoreNames = new Set(topology.globalStores.map(({ store }) => store.name))
  const sources = new Map<string, SourceRunner>()
  const runners = new Map<string, Runner>()
  const processors: ProcessorRunner[] = []
  for (const node of nodes) {
    if (node.type === 'source') sources.set(node.name, new SourceRunner(node.name))
    else if (node.type === 'sink') {
      const { partitionKeySerde } = node.spec
      const runner = new SinkRunner({
        spec: {
          ...node.spec,
          partitionKeySerde: partitionKeySerde && resolveSerde(partitionKeySerde, blueprint.defaultKeySerde),
        },
        keySerde: resolveSerde(node.spec.keySerde, blueprint.defaultKeySerde),
        valueSerde: resolveSerde(node.spec.valueSerde, blueprint.defaultValueSerde),
        collector,
        task: `${blueprint.id.subtopology}_${blueprint.id.partition}`,
        physical: (topic) => names.physical(topic),
        recordContext: services.recordContext,
        onProductionError: blueprint.onProductionError ?? (() => 'fail'),
        deadLetters: services.deadLetters,
        recordLimit: (topic) => blueprint.recordLimit?.(topic) ?? Number.POSITIVE_INFINITY,
        dropped: (name, reason) => services.dropped(name, reason),
      })
      runners.set(node.name, runner)
    } else {
      const supplier = node.spec.supplier as unknown as () => ConstructorParameters<typeof ProcessorRunner>[1]
      const runner = new ProcessorRunner(node.name, supplier(), node.stores, services)
      runner.globalStoreNames = globalStoreNames
      runners.set(node.name, runner)
      processors.push(runner)
    }
  }
  const childrenOf = (names: readonly string[]): Runner[] => names.map((name) => runners.get(name) as Runner)
  for (const node of nodes) {
    if (node.type === 'source') (sources.get(node.name) as SourceRunner).children = childrenOf(node.children)
    else if (node.type === 'processor') (runners.get(node.name) as ProcessorRunner).children = childrenOf(node.children)
  }

  const queues = blueprint.inputs.map(({ topic, partition }) => {
    const node = nodes.find((candidate) => candidate.type === 'source' && readsTopic(candidate, topic, names))
    if (node === undefined || node.type !== 'source') {
      throw new TopologyError(`No source of task ${blueprint.id.subtopology}_${blueprint.id.partition} reads ${topic}.`)
    }
    return new RecordQueue({
      topic,
      partition,
      task: `${blueprint.id.subtopology}_${blueprint.id.partition}`,
      spec: node.spec,
      source: sources.get(node.name) as SourceRunner,
      keySerde: resolveSerde(node.spec.keySerde, blueprint.defaultKeySerde),
      valueSerde: resolveSerde(node.spec.valueSerde, blueprint.defaultValueSerde),
      clock: blueprint.clock,
      onDeserializationError: blueprint.onDeserializationError,
      deadLetters: services.deadLetters,
      dropped: (name, reason) => services.dropped(name, reason),
    })
  })

  // Kafka Streams' order of stores, thus of cache flushes: by node, then by the node's own order.
  const storeNames = new Set(nodes.flatMap((node) => (node.type === 'processor' ? node.stores : [])))
  for (const name of blueprint.subtopologies.flatMap((subtopology) => subtopology.stores)) storeNames.add(name)
  for (const name of globalStoreNames) storeNames.delete(name)
  const stores = [...storeNames].map((name) => {
    const declaration = topology.stores.get(name)
    if (declaration === undefined) throw new TopologyError(`The store ${name} is not declared in the topology.`)
    return declaration.builder.build()
  })
  return { queues, processors, stores }
}

/** Whether a source reads this topic of the cluster. */
export function readsTopic(node: PhysicalNode, topic: string, names: TopicNames): boolean {
  if (node.type !== 'source') return false
  const { topics } = node.spec
  if (topics instanceof RegExp) return topics.test(topic)
  return topics.some((logical) => names.physical(logical) === topic)
}
