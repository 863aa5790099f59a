/**
 * How operators add themselves to the plan: a processor node below a handle, a store connected to it, the handle of what
 * comes out. Repartitions are in `repartition-node.ts`.
 *
 * Nothing here knows what an operator does: facts, supplier and stores come from the operator's own file (law 1).
 */

import type { ProcessorSupplier } from '../processor/processor.ts'
import type { Serde } from '../record/serde.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import type { Graph } from './graph.ts'
import type { GraphNodeFacts } from './graph-node.ts'
import { GraphNode } from './graph-node.ts'
import type { StreamHandle } from './handles.ts'
import type { Topology } from './topology.ts'

export interface ProcessorOptions<KIn, VIn, KOut, VOut> {
  /** The node's name, final: take it from `graph.nameOr(options.name, PREFIX)`. */
  readonly name: string
  readonly facts?: GraphNodeFacts
  /** Called once a task. `supplier.stores`, if any, are added and connected. */
  readonly supplier: ProcessorSupplier<KIn, VIn, KOut, VOut>
  /** Stores this node owns, asked for at build: a later operator may have forced materialisation. Added and connected. */
  readonly stores?: () => readonly StoreBuilder[]
  /** Names of stores that other nodes own and this one reads or writes (table getters), asked for at build. */
  readonly connect?: () => readonly string[]
}

/** Adds a processor node below the parents. Its place among its siblings, and in the build order, is that of this call. */
export function addProcessor<KIn, VIn, KOut, VOut>(
  graph: Graph,
  parents: GraphNode | readonly GraphNode[],
  options: ProcessorOptions<KIn, VIn, KOut, VOut>,
): GraphNode {
  const node = new GraphNode(options.name, options.facts ?? {}, (topology, self) =>
    writeProcessor(topology, options, self.parentNames()),
  )
  return graph.add(parents, node)
}

/** Writes one processor and its stores: for nodes that are more than one processor (joins) and write themselves. */
export function writeProcessor<KIn, VIn, KOut, VOut>(
  topology: Topology,
  options: ProcessorOptions<KIn, VIn, KOut, VOut>,
  parents: readonly string[],
): void {
  topology.addProcessor({ name: options.name, parents, supplier: options.supplier })
  for (const store of options.supplier.stores ?? []) topology.addStateStore(store, [options.name])
  for (const store of options.stores?.() ?? []) topology.addStateStore(store, [options.name])
  const connected = options.connect?.() ?? []
  if (connected.length > 0) topology.connectProcessorAndStores(options.name, connected)
}

export interface StreamBelow<K, V> {
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  /** Default: as above. */
  readonly repartitionRequired?: boolean
  /** Default: as above. */
  readonly sourceNames?: ReadonlySet<string>
}

/** The stream that comes out of `node`, below `handle`. Serdes must be said: whether they survive is the operator's fact. */
export function streamBelow<K, V>(
  handle: Pick<StreamHandle<unknown, unknown>, 'graph' | 'sourceNames'> & { readonly repartitionRequired?: boolean },
  node: GraphNode,
  below: StreamBelow<K, V>,
): StreamHandle<K, V> {
  return Object.freeze({
    kind: 'stream',
    graph: handle.graph,
    node,
    keySerde: below.keySerde,
    valueSerde: below.valueSerde,
    sourceNames: below.sourceNames ?? handle.sourceNames,
    repartitionRequired: below.repartitionRequired ?? handle.repartitionRequired ?? false,
  })
}

/**
 * Demands that the sources of all these streams and tables have equal partition counts.
 *
 * @returns the union of their source nodes: the `sourceNames` of what the join gives.
 */
export function ensureCopartition(
  graph: Graph,
  handles: readonly { readonly sourceNames: ReadonlySet<string> }[],
): ReadonlySet<string> {
  const all = new Set(handles.flatMap((handle) => [...handle.sourceNames]))
  graph.copartition(all)
  return all
}
