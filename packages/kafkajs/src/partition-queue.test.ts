import { RecordBatchBuilder } from 'millrace/log'
import { describe, expect, it } from 'vitest'
import { PartitionQueue, type PendingBatch } from './partition-queue.ts'

function batch(count: number): PendingBatch {
  const records = new RecordBatchBuilder()
  for (let index = 0; index < count; index++) records.append('k', 'v', 0, undefined)
  return {
    records,
    resolve: () => {},
    reject: () => {},
    deadline: { cancel: () => {} },
    uncertain: false,
    settled: false,
    compressed: undefined,
  }
}

describe('partition queue', () => {
  it('has one batch on the wire, repeats it under the same sequence, and counts records on', () => {
    const queue = new PartitionQueue('t', 0, 4)
    const [first, second] = [batch(3), batch(2)]
    queue.add(first)
    queue.add(second)
    expect(queue.next).toBe(first)
    queue.sent(first)
    expect(queue.next).toBe(undefined)
    queue.returned()
    expect([queue.next, queue.epoch, queue.sequence]).toEqual([first, 4, 0])
    queue.sent(first)
    queue.returned()
    queue.succeeded(first)
    expect([queue.next, queue.epoch, queue.sequence]).toEqual([second, 4, 3])
  })

  it('gives the sequence of a refused batch to the next', () => {
    const queue = new PartitionQueue('t', 0, 0)
    const [first, second] = [batch(3), batch(2)]
    queue.add(first)
    queue.add(second)
    queue.remove(first)
    expect([queue.next, queue.sequence]).toEqual([second, 0])
  })

  it('starts sequences again in a new epoch', () => {
    const queue = new PartitionQueue('t', 0, 7)
    const first = batch(5)
    queue.add(first)
    queue.succeeded(first)
    expect(queue.sequence).toBe(5)
    queue.newEpoch()
    expect([queue.epoch, queue.sequence]).toEqual([8, 0])
  })
})
