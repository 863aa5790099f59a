/**
 * A node of the physical topology as it runs in a task: a processor or a sink.
 */

import type { StreamRecord } from '../record/stream-record.ts'

export interface Runner {
  readonly name: string
  process(record: StreamRecord<unknown, unknown>): void
}
