/**
 * Requests of and about consumer groups, as kafkajs makes them, though its consumer never names an instance. The versions it
 * speaks have no place for an instance or a leader epoch in OffsetCommit: a fenced member is refused by its member id.
 */

import { byTopic, type GroupRequests } from '@millrace/kafka-client'
import { apiRequest } from './api-request.ts'
import { deleteGroups, heartbeat, joinGroup, leaveGroup, offsetCommit, syncGroup } from './apis.ts'
import { offsetFetchRequest } from './flexible-requests.ts'
import { flatList } from './partition-lists.ts'

const NO_BYTES = Buffer.alloc(0)

export const groupRequests: GroupRequests = {
  joinGroup: (of) =>
    apiRequest(
      joinGroup,
      {
        groupId: of.groupId,
        sessionTimeout: of.sessionTimeoutMs,
        rebalanceTimeout: of.rebalanceTimeoutMs,
        memberId: of.memberId,
        groupInstanceId: of.instanceId ?? null,
        protocolType: of.protocolType,
        groupProtocols: [{ name: of.protocolName, metadata: of.subscription }],
      },
      (answer) => ({
        errorCode: answer.errorCode,
        generation: answer.generationId,
        memberId: answer.memberId,
        leaderId: answer.leaderId,
        protocolName: answer.groupProtocol,
        skipAssignment: false,
        members: answer.members.map(({ memberId, groupInstanceId, memberMetadata }) => ({
          memberId,
          instanceId: groupInstanceId ?? undefined,
          subscription: memberMetadata,
        })),
      }),
    ),

  syncGroup: ({ member: { groupId, generation, memberId, instanceId }, assignments }) =>
    apiRequest(
      syncGroup,
      {
        groupId,
        generationId: generation,
        memberId,
        groupInstanceId: instanceId ?? null,
        groupAssignment: assignments.map((each) => ({ memberId: each.memberId, memberAssignment: each.assignment })),
      },
      ({ errorCode, memberAssignment }) => ({ errorCode, assignment: memberAssignment ?? NO_BYTES }),
    ),

  heartbeat: ({ groupId, generation, memberId, instanceId }) =>
    apiRequest(
      heartbeat,
      { groupId, groupGenerationId: generation, memberId, groupInstanceId: instanceId ?? null },
      ({ errorCode }) => ({ errorCode }),
    ),

  leaveGroup: ({ groupId, memberId, instanceId }) =>
    apiRequest(leaveGroup, { groupId, memberId, groupInstanceId: instanceId ?? null }, ({ errorCode }) => ({
      errorCode,
    })),

  offsetCommit: ({ member: { groupId, generation, memberId }, offsets }) => {
    const topics = byTopic(offsets, ({ partition, offset, metadata }) => ({
      partition,
      offset: String(offset),
      metadata,
    }))
    const parameters = { groupId, groupGenerationId: generation, memberId, topics }
    return apiRequest(offsetCommit, parameters, ({ responses }) => flatList(responses))
  },

  offsetFetch: offsetFetchRequest,

  deleteGroups: (groupIds) => apiRequest(deleteGroups, groupIds, ({ results }) => results),
}
