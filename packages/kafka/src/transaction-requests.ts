/** Requests of a producer about its id and its transactions, as @platformatic/kafka makes them. Versions: Kafka 3.3 and newer. */

import type { TransactionRequests } from '@millrace/kafka-client'
import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  txnOffsetCommitV3,
} from '@platformatic/kafka'
import { apiRequest } from './api-request.ts'
import { offsetList } from './offset-list.ts'
import { flatList, topicList } from './topic-lists.ts'

export const transactionRequests: TransactionRequests = {
  initProducerId: ({ transactionalId, transactionTimeoutMs }) =>
    apiRequest(initProducerIdV4.api, [transactionalId, transactionTimeoutMs], (answer) => ({
      errorCode: answer.errorCode,
      id: answer.producerId,
      epoch: answer.producerEpoch,
    })),

  addPartitionsToTxn: ({ transactionalId, producer: { id, epoch }, partitions }) => {
    const topics = topicList(partitions, ({ partition }) => partition)
    const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics }
    return apiRequest(addPartitionsToTxnV3.api, [[transaction]], (answer) =>
      answer.resultsByTransaction.flatMap(({ topicResults }) =>
        topicResults.flatMap(({ name: topic, resultsByPartition }) =>
          resultsByPartition.map(({ partitionIndex: partition, partitionErrorCode: errorCode }) => ({
            topic,
            partition,
            errorCode,
          })),
        ),
      ),
    )
  },

  addOffsetsToTxn: ({ transactionalId, producer: { id, epoch }, groupId }) =>
    apiRequest(addOffsetsToTxnV3.api, [transactionalId, id, epoch, groupId], ({ errorCode }) => ({ errorCode })),

  txnOffsetCommit: ({ transactionalId, producer: { id, epoch }, group, offsets }) =>
    apiRequest(
      txnOffsetCommitV3.api,
      [
        transactionalId,
        group.groupId,
        id,
        epoch,
        group.generation,
        group.memberId,
        group.instanceId ?? null,
        offsetList(offsets),
      ],
      (answer) => flatList(answer.topics, ({ errorCode }) => ({ errorCode })),
    ),

  endTxn: ({ transactionalId, producer: { id, epoch }, commit }) =>
    apiRequest(endTxnV3.api, [transactionalId, id, epoch, commit], ({ errorCode }) => ({ errorCode })),
}
