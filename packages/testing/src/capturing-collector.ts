/**
 * The test driver's collector: keeps what a task produced, as bytes, in order. Topics have one partition.
 */

import { Headers } from 'millrace'
import type { RecordCollector } from 'millrace/runtime'

/** A produced record, as it would be on the topic. `timestamp` undefined: the producer would have set it. */
export interface ProducedRecord {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number | undefined
  readonly headers: Headers
}

export class CapturingCollector implements RecordCollector {
  #produced: ProducedRecord[] = []

  partitionCount(): number {
    return 1
  }

  append(
    topic: string,
    _partition: number,
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    timestamp: number | undefined,
    headers: Headers | undefined,
  ): void {
    this.#produced.push({
      topic,
      key: copied(key),
      value: copied(value),
      timestamp,
      headers: headers?.copy() ?? new Headers(),
    })
  }

  /** Everything since the last take. */
  take(): ProducedRecord[] {
    const produced = this.#produced
    this.#produced = []
    return produced
  }
}

function copied(bytes: Uint8Array | string | null): Uint8Array | null {
  if (bytes === null) return null
  return typeof bytes === 'string' ? Buffer.from(bytes) : Uint8Array.prototype.slice.call(bytes)
}
