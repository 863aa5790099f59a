/** Requests about brokers, topics and their partitions, as kafkajs makes them. */

import { byTopic, type ClusterRequests } from '@millrace/kafka-client'
import { apiRequest } from './api-request.ts'
import {
  createTopics,
  deleteRecords,
  deleteTopics,
  describeConfigs,
  findCoordinator,
  listOffsets,
  metadata,
} from './apis.ts'
import { flatList } from './partition-lists.ts'

const KEY_TYPES = { group: 0, transaction: 1 } as const
const TOPIC_RESOURCE = 2

export const clusterRequests: ClusterRequests = {
  metadata: (topics) =>
    apiRequest(metadata, { topics: topics ?? [], allowAutoTopicCreation: false }, (answer) => ({
      brokers: answer.brokers,
      topics: answer.topicMetadata.map(({ topic, topicErrorCode, isInternal, partitionMetadata }) => ({
        topic,
        errorCode: topicErrorCode,
        internal: isInternal,
        partitions: partitionMetadata.map(({ partitionId, leader }) => ({
          partition: partitionId,
          leaderId: leader,
          // An answer out of date is found out by the next request.
          leaderEpoch: -1,
        })),
      })),
    })),

  findCoordinator: ({ kind, key }) =>
    apiRequest(
      findCoordinator,
      { groupId: key, coordinatorType: KEY_TYPES[kind] },
      ({ errorCode, coordinator: { host, port } }) => ({ errorCode, host, port }),
    ),

  listOffsets: ({ partitions, timestamp, readCommitted }) => {
    const topics = byTopic(partitions, ({ partition }) => ({ partition, timestamp: String(timestamp) }))
    const parameters = { replicaId: -1, isolationLevel: readCommitted ? 1 : 0, topics } as const
    return apiRequest(listOffsets, parameters, ({ responses }) =>
      flatList(responses).map(({ offset, ...of }) => ({ ...of, offset: Number(offset) })),
    )
  },

  createTopics: ({ topics, timeoutMs }) => {
    const wanted = topics.map(({ topic, partitions, replicationFactor, config }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    }))
    return apiRequest(createTopics, { topics: wanted, timeout: timeoutMs }, ({ topicErrors }) => topicErrors)
  },

  deleteTopics: ({ topics, timeoutMs }) =>
    apiRequest(deleteTopics, { topics, timeout: timeoutMs }, ({ topicErrors }) => topicErrors),

  describeConfigs: ({ topic }) =>
    apiRequest(
      describeConfigs,
      { resources: [{ type: TOPIC_RESOURCE, name: topic }] },
      ({ resources: [{ errorCode, configEntries }] }) => ({
        errorCode,
        entries: configEntries.map(({ configName, configValue }) => ({ name: configName, value: configValue })),
      }),
    ),

  deleteRecords: ({ offsets, timeoutMs }) => {
    const topics = byTopic(offsets, ({ partition, offset }) => ({ partition, offset: String(offset) }))
    return apiRequest(deleteRecords, { topics, timeout: timeoutMs }, (answer) => flatList(answer.topics))
  },
}
