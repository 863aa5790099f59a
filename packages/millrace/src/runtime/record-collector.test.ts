import { describe, expect, it } from 'vitest'
import { systemClock } from '../record/clock.ts'
import { BatchingCollector } from './record-collector.ts'
import { RecordLimits } from './record-limits.ts'

function collectorOf(batchSize: number): BatchingCollector {
  return new BatchingCollector({
    limits: new RecordLimits(batchSize, 1 << 20),
    clock: systemClock(),
    partitionCount: () => 2,
  })
}

describe('batching collector', () => {
  it('knows of the bytes that wait, after full batches were taken too', () => {
    const collector = collectorOf(1000)
    for (let i = 0; i < 50; i++) collector.append('t', i & 1, 'key', 'v'.repeat(70), 1, undefined)
    expect(collector.takeFull().length).toBeGreaterThan(2)
    const waiting = collector.pendingBytes
    const rest = collector.takeAll()
    expect(rest.reduce((sum, { records }) => sum + records.size, 0)).toBe(waiting)
    expect(collector.pendingBytes).toBe(0)
  })

  it('uses the buffer of a batch again, empty, once it is taken back', () => {
    const collector = collectorOf(1000)
    collector.append('t', 0, 'key', 'value', 5, undefined)
    const [{ records }] = collector.takeAll()
    collector.append('t', 1, 'key', 'value', 6, undefined)
    const [other] = collector.takeAll()
    expect(other.records).not.toBe(records)
    collector.recycle(records)
    collector.append('u', 0, 'key', 'value', 7, undefined)
    const [again] = collector.takeAll()
    expect(again.records).toBe(records)
    expect([again.records.count, again.records.baseTimestamp, again.records.maxTimestamp]).toEqual([1, 7, 7])
  })
})
