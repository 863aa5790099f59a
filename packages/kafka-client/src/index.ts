/**
 * @millrace/kafka-client: what a Kafka client of Millrace does whatever library speaks to the brokers. For adapters: an
 * application installs `@millrace/kafka` or `@millrace/kafkajs`.
 */

export { byTopic } from './by-topic.ts'
export type { Broker, Channel, Request } from './channel.ts'
export type { Client } from './client.ts'
export { type Adapter, ClientLog, type ClusterOptions } from './client-log.ts'
export type { Cluster } from './cluster.ts'
export type {
  ClusterDescription,
  ClusterRequests,
  CoordinatorKind,
  DescribedTopic,
  TopicCode,
  TopicConfig,
  TopicToCreate,
} from './cluster-requests.ts'
export {
  closedError,
  concernsTopic,
  ErrorCode,
  type ErrorWording,
  isRetriable,
  type ProtocolError,
  protocolErrors,
} from './errors.ts'
export type {
  FetchAnswer,
  FetchedPartition,
  FetchLimits,
  FetchRequest,
  FetchTarget,
  SharedBuffer,
} from './fetch-request.ts'
export type { FetchedOffsets, GroupRequests, JoinedGroup, JoinGroup, SyncGroup } from './group-requests.ts'
export type { Metadata, PartitionLeader } from './metadata.ts'
export { onceATick } from './once-a-tick.ts'
export type { Coded, PartitionCode, Requests } from './requests.ts'
export type { Sender, SenderOptions } from './sender.ts'
export type { OfTransaction, ProducerIdentity, TransactionRequests } from './transaction-requests.ts'
