/**
 * `millrace/log`: what a log adapter, a test of one, or a tool needs. The port's types, the embedded log, the contract
 * suite that every adapter must pass, the batch codec, and the parts of `record` that an adapter touches.
 */

export { AbortedRanges, type AbortedTransaction, readControlType } from '../record/aborted-ranges.ts'
export {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  type BatchHeader,
  type Checksum,
  COMPRESSION_CODECS,
  CRC_START,
  readBatchHeader,
  readLastOffset,
} from '../record/batch-header.ts'
export { type Clock, systemClock, type Timer } from '../record/clock.ts'
export type { ColumnBatch } from '../record/column-batch.ts'
export { ColumnBatchBuilder, EMPTY_COLUMN_BATCH, type RecordSection } from '../record/column-batch-builder.ts'
export { type ColumnRecord, columnBatchFrom } from '../record/column-batch-from.ts'
export { LogError, MillraceError, type RecordCoordinates } from '../record/errors.ts'
export { type Header, Headers } from '../record/headers.ts'
export { RecordBatchBuilder } from '../record/record-batch-builder.ts'
export {
  type DecodedBatches,
  type DecodeOptions,
  type Decompress,
  RecordBatchDecoder,
} from '../record/record-batch-decoder.ts'
export { headersOf } from '../record/row-headers.ts'
export {
  CONTROL_ABORT,
  CONTROL_COMMIT,
  type MarkerOptions,
  type SealOptions,
  sealBatch,
  transactionMarker,
} from '../record/seal-batch.ts'
export type { ListedOffset, LogAdmin, OffsetSpec, TopicDescription, TopicSpec } from './admin.ts'
export { logContract } from './contract/log-contract.ts'
export type { LogContractOptions, Matchers, TestFramework } from './contract/test-framework.ts'
export type { BatchStorage, StoredRange } from './embedded/batch-storage.ts'
export { type EmbeddedLogOptions, embeddedLog } from './embedded/embedded-log.ts'
export type { Journal } from './embedded/journal.ts'
export { type MemoryLog, type MemoryLogOptions, memoryLog } from './embedded/memory-log.ts'
export type { LogCall, LogInterceptor, LogOperation } from './embedded/port-call.ts'
export type { FetchedBatch, Fetcher, FetcherOptions } from './fetcher.ts'
export type {
  CommittedOffset,
  GroupEvent,
  GroupMember,
  GroupMemberOptions,
  GroupMetadata,
  GroupSubscription,
  OffsetToCommit,
} from './group.ts'
export type { Log, LogCapabilities, LogRecipe, TopicPartition } from './log.ts'
export { isOutdatedGeneration } from './outdated-generation.ts'
export { murmur2, partitionFor } from './partitioner.ts'
export { produce, type RecordToProduce } from './produce.ts'
export type { OutgoingBatch, Producer, ProducerOptions, SendResult } from './producer.ts'
export { type ReadOptions, readTopic, type TopicRecord } from './read-topic.ts'
