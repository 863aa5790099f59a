/**
 * The port to a Kafka library: what an adapter brings, so that all else here is the same whatever speaks to the brokers.
 *
 * It knows connections, the bytes of requests and answers, checksums and compression. It decides nothing: what an error
 * means, when to ask again and in which order is said here.
 */

import type { Checksum, Decompress } from 'millrace/log'
import type { Broker, Channel } from './channel.ts'
import type { Cluster } from './cluster.ts'
import type { ProtocolError } from './errors.ts'
import type { FetchRequest } from './fetch-request.ts'
import type { Requests } from './requests.ts'
import type { Sender, SenderOptions } from './sender.ts'

export interface Client {
  readonly requests: Requests
  /** Kafka's error numbers by its own names, see `protocolErrors`. */
  readonly protocolError: ProtocolError
  /** CRC-32C. */
  readonly checksum: Checksum
  readonly decompress: Decompress
  /** @param requestTimeoutMs after which an unanswered request fails and its connection is closed. */
  openChannel(requestTimeoutMs: number): Channel
  /** Once a fetcher: the adapter may use the buffers of its answers again. */
  openFetch(): FetchRequest
  /** Once a producer. */
  openSender(cluster: Cluster, options: SenderOptions): Sender
  /** Where an advertised broker is reached from here. */
  mapBroker(advertised: Broker): Broker
}
