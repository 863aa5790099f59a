/** Requests of and about consumer groups, as @platformatic/kafka makes them. Versions: Kafka 3.3 and newer. */

import type { GroupRequests } from '@millrace/kafka-client'
import {
  deleteGroupsV2,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  offsetCommitV8,
  offsetFetchV8,
  syncGroupV5,
} from '@platformatic/kafka'
import { apiRequest } from './api-request.ts'
import { offsetList } from './offset-list.ts'
import { flatList, topicList } from './topic-lists.ts'

export const groupRequests: GroupRequests = {
  joinGroup: ({ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId, ...of }) => {
    const protocols = [{ name: of.protocolName, metadata: of.subscription }]
    return apiRequest(
      joinGroupV9.api,
      [groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId ?? null, of.protocolType, protocols, null],
      (answer) => ({
        errorCode: answer.errorCode,
        generation: answer.generationId,
        memberId: answer.memberId,
        leaderId: answer.leader,
        protocolName: answer.protocolName ?? null,
        skipAssignment: answer.skipAssignment,
        members: answer.members.map((member) => ({
          memberId: member.memberId,
          instanceId: member.groupInstanceId ?? undefined,
          subscription: member.metadata,
        })),
      }),
    )
  },

  syncGroup: ({ member, protocolType, protocolName, assignments }) =>
    apiRequest(
      syncGroupV5.api,
      [
        member.groupId,
        member.generation,
        member.memberId,
        member.instanceId ?? null,
        protocolType,
        protocolName,
        [...assignments],
      ],
      ({ errorCode, assignment }) => ({ errorCode, assignment }),
    ),

  heartbeat: ({ groupId, generation, memberId, instanceId }) =>
    apiRequest(heartbeatV4.api, [groupId, generation, memberId, instanceId ?? null], ({ errorCode }) => ({
      errorCode,
    })),

  leaveGroup: ({ groupId, memberId, instanceId, reason }) => {
    const member = { memberId, groupInstanceId: instanceId ?? null, reason }
    return apiRequest(leaveGroupV5.api, [groupId, [member]], ({ errorCode }) => ({ errorCode }))
  },

  offsetCommit: ({ member: { groupId, generation, memberId, instanceId }, offsets }) =>
    apiRequest(offsetCommitV8.api, [groupId, generation, memberId, instanceId ?? null, offsetList(offsets)], (answer) =>
      flatList(answer.topics, ({ errorCode }) => ({ errorCode })),
    ),

  offsetFetch: ({ groupId, partitions, requireStable }) => {
    const topics =
      partitions === null
        ? null
        : topicList(partitions, ({ partition }) => partition).map(({ name, partitions: partitionIndexes }) => ({
            name,
            partitionIndexes,
          }))
    return apiRequest(
      offsetFetchV8.api,
      [[{ groupId, memberEpoch: -1, topics }], requireStable],
      ({ groups: [group] }) => ({
        errorCode: group.errorCode,
        offsets: flatList(group.topics, ({ errorCode, committedOffset, metadata }) => ({
          errorCode,
          offset: Number(committedOffset),
          metadata: metadata ?? '',
        })),
      }),
    )
  },

  deleteGroups: (groupIds) => apiRequest(deleteGroupsV2.api, [[...groupIds]], ({ results }) => results),
}
