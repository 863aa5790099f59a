import { LogError, RecordBatchBuilder } from 'millrace/log'
import { describe, expect, it } from 'vitest'
import { PartitionQueue, type PendingBatch } from './in-flight.ts'

function pending(count: number): PendingBatch {
  const records = new RecordBatchBuilder()
  for (let index = 0; index < count; index++) records.append('k', 'v', 0, undefined)
  return {
    records,
    resolve: () => {},
    reject: () => {},
    deadline: { cancel: () => {} },
    sequence: -1,
    producerEpoch: -1,
    inFlight: false,
    uncertain: false,
    failure: undefined,
    compressed: undefined,
  }
}

function queueOf(...counts: number[]): { queue: PartitionQueue; batches: PendingBatch[] } {
  const queue = new PartitionQueue('t', 0)
  const batches = counts.map(pending)
  for (const batch of batches) queue.add(batch)
  return { queue, batches }
}

/** Past the first batch of a producer, which goes alone. */
function startedQueueOf(...counts: number[]): { queue: PartitionQueue; batches: PendingBatch[] } {
  const { queue, batches } = queueOf(1, ...counts)
  const first = sendNext(queue) as PendingBatch
  queue.returned(first)
  queue.succeeded(first)
  return { queue, batches: batches.slice(1) }
}

function sendNext(queue: PartitionQueue, epoch = 0): PendingBatch | undefined {
  const batch = queue.next()
  if (batch !== undefined) queue.sent(batch, epoch)
  return batch
}

describe('PartitionQueue', () => {
  it('gives sequences in order of sending, by records', () => {
    const { queue, batches } = startedQueueOf(3, 2, 5)
    while (sendNext(queue) !== undefined);
    expect(batches.map(({ sequence }) => sequence)).toEqual([1, 4, 6])
    expect(queue.inFlight).toBe(3)
  })

  it('after a failure waits for all that is in flight, then starts with the oldest, alone', () => {
    const { queue, batches } = startedQueueOf(1, 1, 1)
    while (sendNext(queue) !== undefined);
    queue.returned(batches[0])
    queue.again()
    expect(queue.next()).toBeUndefined()
    queue.returned(batches[1])
    queue.returned(batches[2])
    expect(sendNext(queue)).toBe(batches[0])
    expect(batches[0].sequence).toBe(1)
    expect(queue.next()).toBeUndefined()
    queue.returned(batches[0])
    queue.succeeded(batches[0])
    expect(sendNext(queue)).toBe(batches[1])
    expect(sendNext(queue)).toBe(batches[2])
  })

  it('sends the first batch alone, and never on two connections at once', () => {
    const { queue, batches } = queueOf(1, 1, 1)
    const [connection, other] = [{}, {}]
    queue.sent(queue.next(connection) as PendingBatch, 0, connection)
    expect(queue.next(connection)).toBeUndefined()
    queue.returned(batches[0])
    queue.succeeded(batches[0])
    queue.sent(queue.next(connection) as PendingBatch, 0, connection)
    expect(queue.next(other)).toBeUndefined()
    expect(queue.next(connection)).toBe(batches[2])
  })

  it('moves later sequences up when the broker surely refused one', () => {
    const { queue, batches } = startedQueueOf(4, 2, 1)
    while (sendNext(queue) !== undefined);
    for (const batch of batches) queue.returned(batch)
    batches[0].failure = new LogError('MESSAGE_TOO_LARGE', 'too large')
    expect(queue.next()).toBeUndefined()
    queue.refused(batches[0])
    expect(batches.map(({ sequence }) => sequence)).toEqual([1, 1, 3])
    queue.add(pending(1))
    for (let batch = sendNext(queue); batch !== undefined; batch = sendNext(queue));
    expect(queue.batches().map(({ sequence }) => sequence)).toEqual([1, 3, 4])
  })

  it('starts a newer epoch at 0, and only when nothing of the older one is left', () => {
    const { queue, batches } = startedQueueOf(2, 2)
    sendNext(queue, 0)
    sendNext(queue, 1)
    expect(batches.map(({ producerEpoch, sequence }) => [producerEpoch, sequence])).toEqual([
      [0, 1],
      [0, 3],
    ])
    for (const batch of batches) {
      queue.returned(batch)
      queue.succeeded(batch)
    }
    const later = pending(1)
    queue.add(later)
    sendNext(queue, 1)
    expect([later.producerEpoch, later.sequence]).toEqual([1, 0])
  })
})
