/** Requests of a producer about its id and its transactions, as kafkajs makes them; to it a producer id is text. */

import { byTopic, type OfTransaction, type TransactionRequests } from '@millrace/kafka-client'
import { apiRequest } from './api-request.ts'
import { addOffsetsToTxn, addPartitionsToTxn, endTxn, type InTransaction, initProducerId } from './apis.ts'
import { txnOffsetCommitRequest } from './flexible-requests.ts'

export const transactionRequests: TransactionRequests = {
  initProducerId: ({ transactionalId, transactionTimeoutMs }) =>
    apiRequest(initProducerId, { transactionalId, transactionTimeout: transactionTimeoutMs }, (answer) => ({
      errorCode: answer.errorCode,
      id: BigInt(answer.producerId),
      epoch: answer.producerEpoch,
    })),

  addPartitionsToTxn: ({ partitions, ...of }) => {
    const topics = byTopic(partitions, ({ partition }) => partition)
    return apiRequest(addPartitionsToTxn, { ...inTransaction(of), topics }, ({ errors }) =>
      errors.flatMap(({ topic, partitionErrors }) =>
        partitionErrors.map(({ partition, errorCode }) => ({ topic, partition, errorCode })),
      ),
    )
  },

  addOffsetsToTxn: ({ groupId, ...of }) =>
    apiRequest(addOffsetsToTxn, { ...inTransaction(of), groupId }, ({ errorCode }) => ({ errorCode })),

  txnOffsetCommit: txnOffsetCommitRequest,

  endTxn: ({ commit, ...of }) =>
    apiRequest(endTxn, { ...inTransaction(of), transactionResult: commit }, ({ errorCode }) => ({ errorCode })),
}

function inTransaction({ transactionalId, producer: { id, epoch } }: OfTransaction): InTransaction {
  return { transactionalId, producerId: String(id), producerEpoch: epoch }
}
