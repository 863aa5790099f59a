/** What all parts of a log on one Kafka cluster share. */

import type { Clock } from 'millrace/log'
import type { Client } from './client.ts'
import type { Metadata } from './metadata.ts'

export interface Cluster {
  readonly client: Client
  readonly metadata: Metadata
  readonly clock: Clock
}
