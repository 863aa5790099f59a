/**
 * The dead letter topic (KIP-1034): a record that failed goes there as it came, with its own headers and six more that say
 * what went wrong and where, named as Kafka Streams names them (reference 2.13). It is part of the task's output, so under
 * exactly once a dead letter is written exactly once.
 */

import { partitionFor } from '../log/partitioner.ts'
import type { ColumnBatch } from '../record/column-batch.ts'
import type { MillraceError } from '../record/errors.ts'
import { Headers } from '../record/headers.ts'
import { headersOf } from '../record/row-headers.ts'
import type { RecordCollector } from './record-collector.ts'

/** A record as it came from the log. */
export interface SourceRow {
  readonly batch: ColumnBatch
  readonly row: number
}

export class DeadLetters {
  readonly #topic: string
  readonly #collector: RecordCollector
  #nextKeyless = 0

  constructor(topic: string, collector: RecordCollector) {
    this.#topic = topic
    this.#collector = collector
  }

  /** @param source undefined in a punctuation: there is no record then, only the headers. */
  send(source: SourceRow | undefined, error: MillraceError): void {
    // What was thrown, not what we say about it, as in Kafka Streams.
    const cause = error.cause instanceof Error ? error.cause : error
    const { topic = '', partition = -1, offset = -1 } = error.coordinates ?? {}
    const headers = (source === undefined ? undefined : headersOf(source.batch, source.row)) ?? new Headers()
    const text: readonly (readonly [string, string])[] = [
      ['exception', cause.name],
      ['message', cause.message],
      ['stacktrace', cause.stack ?? ''],
      ['topic', topic],
      ['partition', String(partition)],
      ['offset', String(offset)],
    ]
    for (const [name, value] of text) headers.add(`__streams.errors.${name}`, Buffer.from(value))
    const key =
      source === undefined ? null : bytesOf(source.batch, source.batch.keyStarts, source.batch.keyLengths, source.row)
    const value =
      source === undefined
        ? null
        : bytesOf(source.batch, source.batch.valueStarts, source.batch.valueLengths, source.row)
    const count = this.#collector.partitionCount(this.#topic)
    const to = key === null ? this.#nextKeyless++ % count : partitionFor(key, count)
    const timestamp = source === undefined ? undefined : source.batch.timestamps[source.row]
    this.#collector.append(this.#topic, to, key, value, timestamp, headers)
  }
}

function bytesOf({ bytes }: ColumnBatch, starts: Int32Array, lengths: Int32Array, row: number): Buffer | null {
  const length = lengths[row]
  return length < 0 ? null : bytes.subarray(starts[row], starts[row] + length)
}
