/**
 * `millrace/operator`: what it takes to write an operator outside of Millrace: handles on the plan, how to add a node to it,
 * the processor API with the wider context of operators, and stores. An operator is a function from handle to handle, used
 * as `stream.apply(operator)`.
 */

export { copied, ForwardingProcessor } from './operators/forwarding-processor.ts'
export { isMaterialized, type MaterializedOptions } from './operators/materialized.ts'
export type { NamedOptions } from './operators/named-options.ts'
export { storeGetter, type TableBehaviour, type TableFacts, tableHandle } from './operators/table-handle.ts'
export { type ChangeForwarder, TableStore } from './operators/table-store.ts'
export { Graph } from './plan/graph.ts'
export { GraphNode, type GraphNodeDecisions, type GraphNodeFacts } from './plan/graph-node.ts'
export type {
  CogroupedHandle,
  CogroupMember,
  GlobalTableHandle,
  GroupedStreamHandle,
  GroupedTableHandle,
  Operator,
  StreamHandle,
  TableHandle,
  WindowedStreamHandle,
} from './plan/handles.ts'
export {
  addProcessor,
  ensureCopartition,
  type ProcessorOptions,
  type StreamBelow,
  streamBelow,
  writeProcessor,
} from './plan/operator-graph.ts'
export { newRepartitionNode, repartitionForAggregate, repartitionForJoin } from './plan/repartition-node.ts'
export type {
  SinkSpec,
  SourceSpec,
  StreamPartitioner,
  TimestampExtractor,
  Topology,
} from './plan/topology.ts'
export { Change } from './processor/change.ts'
export type {
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
} from './processor/processor.ts'
export type {
  Cancellable,
  FixedKeyProcessorContext,
  OperatorContext,
  ProcessorContext,
  PunctuationType,
  RecordMetadata,
  TaskId,
} from './processor/processor-context.ts'
export type { ValueGetter, ValueGetterSupplier } from './processor/value-getter.ts'
export { deferSerde, resolveSerde } from './record/deferred-serde.ts'
export { PriorityQueue } from './record/priority-queue.ts'
export { StreamRecord } from './record/stream-record.ts'
export type { StateStore, StoreBuilder } from './state/state-store.ts'
