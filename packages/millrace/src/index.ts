/**
 * `millrace`: what a pipeline is written with. Adapters, patterns and tests use the subpaths `millrace/log`,
 * `millrace/state`, `millrace/operator` and `millrace/runtime`.
 */

export type { StreamsConfig, StreamsOptions } from './config/streams-config.ts'
export { BranchedKStream, type Branches } from './dsl/branched-kstream.ts'
export { CogroupedKStream } from './dsl/cogrouped-kstream.ts'
export { GlobalKTable } from './dsl/global-ktable.ts'
export { KGroupedStream } from './dsl/kgrouped-stream.ts'
export { KGroupedTable } from './dsl/kgrouped-table.ts'
export { KStream } from './dsl/kstream.ts'
export { KTable } from './dsl/ktable.ts'
export { type SessionAggregation, SessionWindowedKStream } from './dsl/session-windowed-kstream.ts'
export type { JoinOfStreams, OneOrNamed, OuterPair, Pair } from './dsl/stream-joins.ts'
export { StreamsBuilder } from './dsl/streams-builder.ts'
export type { RowJoiner } from './dsl/table-joins.ts'
export { TimeWindowedKStream } from './dsl/time-windowed-kstream.ts'
export type { TopicInput } from './dsl/topics.ts'
export type { Facade } from './dsl/wrap.ts'
export { type MemoryLog, type MemoryLogOptions, memoryLog } from './log/embedded/memory-log.ts'
export type { Log } from './log/log.ts'
export { produce, type RecordToProduce } from './log/produce.ts'
export { readTopic, type TopicRecord } from './log/read-topic.ts'
export type { AggregateOptions, TableAggregateOptions } from './operators/aggregate.ts'
export type { Aggregator, Initializer, Merger, Reducer } from './operators/aggregate-functions.ts'
export type { Predicate } from './operators/filter.ts'
export type { GroupOptions } from './operators/group-stream.ts'
export type { AggregationOptions } from './operators/grouped-aggregation.ts'
export type { KeySelector, PairMapper } from './operators/map.ts'
export type { ValueMapper } from './operators/map-values.ts'
export type { MaterializedOptions } from './operators/materialized.ts'
export type { NamedOptions } from './operators/named-options.ts'
export type { ProcessOptions } from './operators/process.ts'
export type { TableReduceOptions } from './operators/reduce.ts'
export type { RepartitionOptions } from './operators/repartition.ts'
export type { SourceOptions } from './operators/stream-source.ts'
export { type BufferBounds, type Suppression, untilTimeLimit, untilWindowCloses } from './operators/suppression.ts'
export type { ValueTransformer } from './operators/table-transform-values.ts'
export {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  timestampFrom,
  usePartitionTimeOnInvalidTimestamp,
  wallClockTimestamp,
} from './operators/timestamp-extractors.ts'
export type { ToOptions, TopicChooser } from './operators/to.ts'
export type { BuildOptions, Optimization } from './plan/build.ts'
export type { BuiltTopology } from './plan/built-topology.ts'
export { diff, type TopologyChange } from './plan/diff.ts'
export type { Operator } from './plan/handles.ts'
export type { OffsetReset, StreamPartitioner, TimestampExtractor } from './plan/topology.ts'
export type { ProcessorWrapper } from './plan/topology-builder.ts'
export type {
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
} from './processor/processor.ts'
export type {
  Cancellable,
  FixedKeyProcessorContext,
  ProcessorContext,
  PunctuationType,
  RecordMetadata,
} from './processor/processor-context.ts'
export { type Clock, systemClock, type Timer } from './record/clock.ts'
export { type Duration, durationMs } from './record/duration.ts'
export {
  ConfigError,
  LogError,
  MillraceError,
  type RecordCoordinates,
  SerdeError,
  StreamsError,
  TopologyError,
} from './record/errors.ts'
export { type Header, Headers } from './record/headers.ts'
export type { BorrowingEncoder, Serde, SerdeContext, SerdeType } from './record/serde.ts'
export { bigint64 } from './record/serdes/bigint64.ts'
export { boolean } from './record/serdes/boolean.ts'
export { bytes } from './record/serdes/bytes.ts'
export { double } from './record/serdes/double.ts'
export { int32 } from './record/serdes/int32.ts'
export { json } from './record/serdes/json.ts'
export { long } from './record/serdes/long.ts'
export { sessionWindowed } from './record/serdes/session-windowed.ts'
export { string } from './record/serdes/string.ts'
export { timeWindowed } from './record/serdes/time-windowed.ts'
export { StreamRecord } from './record/stream-record.ts'
export { type Topic, topic } from './record/topic.ts'
export type { Window, Windowed } from './record/windowed.ts'
export { runUntilSignal, StreamsApp, type StreamsAppOptions } from './runtime/index.ts'
export { keyValueStore, sessionStore, timestampedKeyValueStore, windowStore } from './state/index.ts'
export type { StateStore, StoreBuilder } from './state/state-store.ts'
export type {
  KeyValueStore,
  ReadOnlyKeyValueStore,
  SessionStore,
  TimestampedKeyValueStore,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowStore,
} from './state/stores.ts'
export { hopping } from './window/hopping.ts'
export { joinWindows } from './window/join-windows.ts'
export { session } from './window/session.ts'
export { sliding } from './window/sliding.ts'
export { tumbling } from './window/tumbling.ts'
export { unlimited } from './window/unlimited.ts'
export type { JoinWindows, SessionWindows, SlidingWindows, TimeWindows, Windows } from './window/windows.ts'
