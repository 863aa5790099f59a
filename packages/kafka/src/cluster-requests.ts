/** Requests about brokers, topics and their partitions, as @platformatic/kafka makes them. Versions: Kafka 3.3 and newer. */

import type { ClusterRequests } from '@millrace/kafka-client'
import {
  createTopicsV7,
  deleteRecordsV2,
  deleteTopicsV6,
  describeConfigsV4,
  findCoordinatorV4,
  listOffsetsV7,
  metadataV12,
} from '@platformatic/kafka'
import { apiRequest } from './api-request.ts'
import { flatList, topicList } from './topic-lists.ts'

const KEY_TYPES = { group: 0, transaction: 1 } as const
const TOPIC_RESOURCE = 2

export const clusterRequests: ClusterRequests = {
  metadata: (topics) =>
    apiRequest(metadataV12.api, [topics === null ? null : [...topics], false, false], (answer) => ({
      brokers: answer.brokers,
      topics: answer.topics.flatMap(({ name, errorCode, isInternal, partitions }) =>
        name === null || name === undefined
          ? []
          : {
              topic: name,
              errorCode,
              internal: isInternal,
              partitions: partitions.map(({ partitionIndex, leaderId, leaderEpoch }) => ({
                partition: partitionIndex,
                leaderId,
                leaderEpoch,
              })),
            },
      ),
    })),

  findCoordinator: ({ kind, key }) =>
    apiRequest(findCoordinatorV4.api, [KEY_TYPES[kind], [key]], ({ coordinators: [found] }) => found),

  listOffsets: ({ partitions, timestamp, readCommitted }) => {
    const topics = topicList(partitions, ({ partition }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: -1,
      timestamp: BigInt(timestamp),
    }))
    return apiRequest(listOffsetsV7.api, [-1, readCommitted ? 1 : 0, topics], (answer) =>
      flatList(answer.topics, ({ errorCode, offset }) => ({ errorCode, offset: Number(offset) })),
    )
  },

  createTopics: ({ topics, timeoutMs }) => {
    const wanted = topics.map(({ topic, partitions, replicationFactor, config }) => ({
      name: topic,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config).map(([name, value]) => ({ name, value })),
    }))
    return apiRequest(createTopicsV7.api, [wanted, timeoutMs, false], (answer) =>
      answer.topics.map(({ name: topic, errorCode, errorMessage }) => ({ topic, errorCode, errorMessage })),
    )
  },

  deleteTopics: ({ topics, timeoutMs }) =>
    apiRequest(deleteTopicsV6.api, [topics.map((name) => ({ name })), timeoutMs], (answer) =>
      answer.responses.map(({ name, errorCode }) => ({ topic: name ?? '', errorCode })),
    ),

  describeConfigs: ({ topic }) => {
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: null } as const
    return apiRequest(describeConfigsV4.api, [[resource], false, false], ({ results: [result] }) => ({
      errorCode: result.errorCode,
      entries: result.configs.map(({ name, value }) => ({ name, value: value ?? null })),
    }))
  },

  deleteRecords: ({ offsets, timeoutMs }) => {
    const topics = topicList(offsets, ({ partition, offset }) => ({
      partitionIndex: partition,
      offset: BigInt(offset),
    }))
    return apiRequest(deleteRecordsV2.api, [topics, timeoutMs], (answer) =>
      flatList(answer.topics, ({ errorCode }) => ({ errorCode })),
    )
  },
}
