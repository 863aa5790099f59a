import { Headers } from 'millrace'
import { describe, expect, it } from 'vitest'
import type { TimestampExtractor } from '../plan/topology.ts'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  timestampFrom,
  usePartitionTimeOnInvalidTimestamp,
  wallClockTimestamp,
} from './timestamp-extractors.ts'

const WALL_CLOCK = 9000

function extract(extractor: TimestampExtractor, timestamp: number, partitionTime = 70): number {
  const record = {
    key: 'k',
    value: { at: 123 },
    timestamp,
    topic: 't',
    partition: 2,
    offset: 5,
    headers: new Headers(),
  }
  return extractor.extract(record, partitionTime, WALL_CLOCK)
}

describe('timestamp extractors', () => {
  it('take the record’s own time where it is valid', () => {
    for (const make of [failOnInvalidTimestamp, logAndSkipOnInvalidTimestamp, usePartitionTimeOnInvalidTimestamp]) {
      expect(extract(make(), 42)).toBe(42)
      expect(extract(make(), 0)).toBe(0)
    }
  })

  it('fail on a negative time, naming the record', () => {
    expect(() => extract(failOnInvalidTimestamp(), -1)).toThrow(/t-2@5 has the negative timestamp -1/)
  })

  it('skip a negative time by giving it back', () => {
    expect(extract(logAndSkipOnInvalidTimestamp(), -1)).toBe(-1)
  })

  it('take the partition’s time instead of a negative one, if there is one', () => {
    expect(extract(usePartitionTimeOnInvalidTimestamp(), -1)).toBe(70)
    expect(() => extract(usePartitionTimeOnInvalidTimestamp(), -1, -1)).toThrow(/no record before it/)
  })

  it('take the wall clock whatever the record says', () => {
    expect(extract(wallClockTimestamp(), 42)).toBe(WALL_CLOCK)
  })

  it('take it from the value', () => {
    expect(
      extract(
        timestampFrom<{ at: number }>((value) => value.at),
        42,
      ),
    ).toBe(123)
  })
})
