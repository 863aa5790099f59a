/**
 * The requests this adapter makes with kafkajs's own encoders and decoders: their names and versions there, and the shapes
 * of what goes in and comes out. Versions are fixed, for the shapes depend on them; all are in Kafka 2.3 and newer, 4.x
 * included.
 */

import type { Coded } from '@millrace/kafka-client'

/** A request of kafkajs's protocol layer. */
export interface Api<P, R> {
  readonly name: string
  readonly version: number
  /** Only for the compiler. */
  readonly types?: readonly [P, R]
}

function api<P, R>(name: string, version: number): Api<P, R> {
  return { name, version }
}

/** Partitions as requests have them. */
interface InTopic<T> {
  readonly topic: string
  readonly partitions: T[]
}

interface CodedPartition extends Coded {
  readonly partition: number
}

interface MetadataTopic {
  readonly topicErrorCode: number
  readonly topic: string
  readonly isInternal: boolean
  readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
}

interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topicMetadata: readonly MetadataTopic[]
}

/** No topics: all. */
export const metadata: Api<{ topics: readonly string[]; allowAutoTopicCreation: boolean }, MetadataAnswer> = api(
  'Metadata',
  6,
)

/** Type 0 is a group, 1 a transactional id. */
export const findCoordinator: Api<
  { groupId: string; coordinatorType: 0 | 1 },
  Coded & { readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number } }
> = api('GroupCoordinator', 2)

interface JoinAnswer extends Coded {
  readonly generationId: number
  readonly groupProtocol: string | null
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly memberMetadata: Buffer
  }[]
}

export const joinGroup: Api<
  {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupInstanceId: string | null
    protocolType: string
    groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  },
  JoinAnswer
> = api('JoinGroup', 5)

export const syncGroup: Api<
  {
    groupId: string
    generationId: number
    memberId: string
    groupInstanceId: string | null
    groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  },
  Coded & { readonly memberAssignment: Buffer | null }
> = api('SyncGroup', 3)

export const heartbeat: Api<
  { groupId: string; groupGenerationId: number; memberId: string; groupInstanceId: string | null },
  Coded
> = api('Heartbeat', 3)

export const leaveGroup: Api<{ groupId: string; memberId: string; groupInstanceId: string | null }, Coded> = api(
  'LeaveGroup',
  3,
)

interface WireOffset {
  readonly partition: number
  readonly offset: string
  readonly metadata: string
}

interface CodesByTopic {
  readonly topic: string
  readonly partitions: readonly CodedPartition[]
}

export const offsetCommit: Api<
  { groupId: string; groupGenerationId: number; memberId: string; topics: InTopic<WireOffset>[] },
  { readonly responses: readonly CodesByTopic[] }
> = api('OffsetCommit', 5)

export const listOffsets: Api<
  {
    replicaId: -1
    isolationLevel: 0 | 1
    topics: InTopic<{ readonly partition: number; readonly timestamp: string }>[]
  },
  {
    readonly responses: readonly {
      readonly topic: string
      readonly partitions: readonly (CodedPartition & { readonly offset: string })[]
    }[]
  }
> = api('ListOffsets', 3)

interface TopicErrors {
  readonly topicErrors: readonly (Coded & { readonly topic: string; readonly errorMessage?: string | null })[]
}

export const createTopics: Api<
  {
    topics: readonly {
      readonly topic: string
      readonly numPartitions: number
      readonly replicationFactor: number
      readonly configEntries: readonly { readonly name: string; readonly value: string }[]
    }[]
    timeout: number
  },
  TopicErrors
> = api('CreateTopics', 3)

export const deleteTopics: Api<{ topics: readonly string[]; timeout: number }, TopicErrors> = api('DeleteTopics', 1)

export const describeConfigs: Api<
  { resources: readonly { readonly type: number; readonly name: string }[] },
  {
    readonly resources: readonly (Coded & {
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[]
    })[]
  }
> = api('DescribeConfigs', 2)

export const deleteRecords: Api<
  { topics: InTopic<{ readonly partition: number; readonly offset: string }>[]; timeout: number },
  { readonly topics: readonly CodesByTopic[] }
> = api('DeleteRecords', 1)

export const deleteGroups: Api<readonly string[], { readonly results: readonly Coded[] }> = api('DeleteGroups', 1)

export const initProducerId: Api<
  { transactionalId: string | null; transactionTimeout: number },
  Coded & { readonly producerId: string; readonly producerEpoch: number }
> = api('InitProducerId', 1)

export interface InTransaction {
  transactionalId: string
  producerId: string
  producerEpoch: number
}

interface AddPartitionsAnswer {
  readonly errors: readonly { readonly topic: string; readonly partitionErrors: readonly CodedPartition[] }[]
}

export const addPartitionsToTxn: Api<InTransaction & { topics: InTopic<number>[] }, AddPartitionsAnswer> = api(
  'AddPartitionsToTxn',
  1,
)

export const addOffsetsToTxn: Api<InTransaction & { groupId: string }, Coded> = api('AddOffsetsToTxn', 1)

export const endTxn: Api<InTransaction & { transactionResult: boolean }, Coded> = api('EndTxn', 1)
