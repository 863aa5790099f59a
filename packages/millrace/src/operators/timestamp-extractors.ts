/**
 * Event time of input records: Kafka Streams' extractors as values for a source's `timestampExtractor`.
 *
 * A negative result drops the record, which the source counts (`negative-timestamp`). Without an extractor a source takes
 * the record's own time and fails on a negative one. Nothing here reads a clock: the wall-clock time is handed in.
 */

import type { ExtractionInput, TimestampExtractor } from '../plan/topology.ts'
import { StreamsError } from '../record/errors.ts'

/**
 * The record's own time; a negative one is an error. The default of every source.
 *
 * @throws StreamsError `MILLRACE_INVALID_TIMESTAMP`
 */
export function failOnInvalidTimestamp(): TimestampExtractor {
  return onInvalid('FailOnInvalidTimestamp', (record) => {
    throw invalid(record, `has the negative timestamp ${record.timestamp}`)
  })
}

/** The record's own time; a record with a negative one is dropped and counted. */
export function logAndSkipOnInvalidTimestamp(): TimestampExtractor {
  return onInvalid('LogAndSkipOnInvalidTimestamp', (record) => record.timestamp)
}

/**
 * The record's own time; for a negative one the highest time seen in its partition.
 *
 * @throws StreamsError `MILLRACE_INVALID_TIMESTAMP` if the partition had no valid time yet
 */
export function usePartitionTimeOnInvalidTimestamp(): TimestampExtractor {
  return onInvalid('UsePartitionTimeOnInvalidTimestamp', (record, partitionTime) => {
    if (partitionTime >= 0) return partitionTime
    throw invalid(record, 'has a negative timestamp and no record before it in its partition had a valid one')
  })
}

/** The time at which the record is taken up: processing time instead of event time. */
export function wallClockTimestamp(): TimestampExtractor {
  return named('WallclockTimestampExtractor', (_record, _partitionTime, wallClockTime) => wallClockTime)
}

/**
 * Event time from the record's content.
 *
 * @param extract gives ms since the epoch; negative drops the record
 * @param name shown where the plan is described
 *
 * @example
 * builder.stream(topic('orders', { value: json<Order>() }), { timestampExtractor: timestampFrom<Order>((order) => order.placedAt) })
 */
export function timestampFrom<V, K = unknown>(
  extract: (value: V, key: K, record: ExtractionInput, partitionTime: number) => number,
  name = 'custom',
): TimestampExtractor {
  return named(name, (record, partitionTime) => extract(record.value as V, record.key as K, record, partitionTime))
}

function named(name: string, extract: TimestampExtractor['extract']): TimestampExtractor {
  return Object.freeze({ name, extract })
}

function onInvalid(
  name: string,
  resolve: (record: ExtractionInput, partitionTime: number) => number,
): TimestampExtractor {
  return named(name, (record, partitionTime) =>
    record.timestamp >= 0 ? record.timestamp : resolve(record, partitionTime),
  )
}

function invalid(record: ExtractionInput, problem: string): StreamsError {
  const { topic, partition, offset } = record
  return new StreamsError(
    'MILLRACE_INVALID_TIMESTAMP',
    `The record at ${topic}-${partition}@${offset} ${problem}. Give the source a timestampExtractor that takes the time ` +
      'from elsewhere, or logAndSkipOnInvalidTimestamp() to drop such records.',
    { coordinates: { topic, partition, offset } },
  )
}
