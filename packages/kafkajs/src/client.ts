/** The port of `@millrace/kafka-client` on kafkajs: its connections and wire formats, not its clients. */

import type { Client } from '@millrace/kafka-client'
import { BatchSender } from './batch-sender.ts'
import { type ConnectionSettings, KafkaJsChannel } from './channel.ts'
import { clusterRequests } from './cluster-requests.ts'
import { decompress } from './decompress.ts'
import { protocolError } from './errors.ts'
import { fetchRequest } from './fetch-request.ts'
import { groupRequests } from './group-requests.ts'
import { crc32c } from './kafkajs-internals.ts'
import { transactionRequests } from './transaction-requests.ts'

export function kafkaJsClient(settings: ConnectionSettings): Client {
  return {
    requests: { ...clusterRequests, ...groupRequests, ...transactionRequests },
    protocolError,
    checksum: crc32c,
    decompress,
    openChannel: (requestTimeoutMs) => new KafkaJsChannel(settings, requestTimeoutMs),
    openFetch: () => fetchRequest,
    openSender: ({ metadata, clock }, options) => new BatchSender(settings, metadata, clock, options),
    mapBroker: (advertised) => settings.mapBroker(advertised),
  }
}
