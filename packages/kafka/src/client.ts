/** The port of `@millrace/kafka-client` on @platformatic/kafka: its connections and wire formats, not its clients. */

import type { Client } from '@millrace/kafka-client'
import { AnswerBuffers } from './answer-buffers.ts'
import { BatchSender } from './batch-sender.ts'
import { type ConnectionSettings, PooledChannel } from './channel.ts'
import { checksum } from './checksum.ts'
import { clusterRequests } from './cluster-requests.ts'
import { decompress } from './decompress.ts'
import { protocolError } from './errors.ts'
import { fetchRequest } from './fetch-request.ts'
import { groupRequests } from './group-requests.ts'
import { transactionRequests } from './transaction-requests.ts'

export function kafkaClient(settings: ConnectionSettings): Client {
  return {
    requests: { ...clusterRequests, ...groupRequests, ...transactionRequests },
    protocolError,
    checksum,
    decompress,
    openChannel: (requestTimeoutMs) => new PooledChannel(settings, requestTimeoutMs),
    openFetch() {
      const buffers = new AnswerBuffers()
      return (targets, limits) => fetchRequest(targets, limits, buffers)
    },
    openSender: ({ metadata, clock }, options) => new BatchSender(settings, metadata, clock, options),
    mapBroker: (advertised) => settings.mapBroker(advertised),
  }
}
