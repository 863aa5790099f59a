/**
 * The record being processed, as stores and processors see it. One object a task, mutated: it follows the record as it is
 * forwarded. Headers are those of the current record, read when asked, since a processor may add some on the way.
 */

import type { ColumnBatch } from '../record/column-batch.ts'
import type { Headers } from '../record/headers.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { RecordContext } from '../state/state-store.ts'

export class TaskRecordContext implements RecordContext {
  topic: string | null = null
  partition = -1
  offset = -1
  timestamp = -1
  /** The source record as it came, for the dead letter topic; undefined in a punctuation. */
  sourceBatch: ColumnBatch | undefined
  sourceRow = -1
  /** The record whose headers these are, unless they were set. */
  current: StreamRecord<unknown, unknown> | undefined
  #headers: Headers | undefined

  get headers(): Headers | undefined {
    return this.current === undefined ? this.#headers : this.current.headersIfAny
  }

  set headers(headers: Headers | undefined) {
    this.current = undefined
    this.#headers = headers
  }

  /** No record: a punctuation at this time. */
  clear(timestamp: number): void {
    this.topic = null
    this.partition = -1
    this.offset = -1
    this.timestamp = timestamp
    this.sourceBatch = undefined
    this.headers = undefined
  }
}
