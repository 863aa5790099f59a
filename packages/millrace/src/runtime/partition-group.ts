/**
 * A task's input queues and the choice among them: the one whose head has the lowest timestamp. Ties fall as in Kafka
 * Streams, because the queues sit in the same kind of heap (`java.util.PriorityQueue`): polled, and offered again if not
 * empty after the take, before the record is processed.
 */

import { PriorityQueue } from '../record/priority-queue.ts'
import type { RecordQueue } from './record-queue.ts'

export class PartitionGroup {
  readonly queues: readonly RecordQueue[]
  readonly #byKey = new Map<string, RecordQueue>()
  readonly #byTime = new PriorityQueue<RecordQueue>((a, b) => a.headTimestamp - b.headTimestamp)
  /** Highest timestamp taken from any queue; -1 at the start. */
  streamTime = -1

  constructor(queues: readonly RecordQueue[]) {
    this.queues = queues
    for (const queue of queues) this.#byKey.set(`${queue.topic}-${queue.partition}`, queue)
  }

  queue(topic: string, partition: number): RecordQueue | undefined {
    return this.#byKey.get(`${topic}-${partition}`)
  }

  /** To be called after a batch was added to a queue that was empty. */
  becameNonEmpty(queue: RecordQueue): void {
    this.#byTime.offer(queue)
  }

  /** The queue to take from next, taken out of the heap; `putBack` it once its head is taken. */
  choose(): RecordQueue | undefined {
    return this.#byTime.poll()
  }

  putBack(queue: RecordQueue): void {
    if (queue.size > 0) this.#byTime.offer(queue)
  }

  get isEmpty(): boolean {
    return this.bufferedQueues === 0
  }

  /** How many partitions have something to process. */
  get bufferedQueues(): number {
    return this.#byTime.size
  }

  /** True when every partition has something to process, so that no order can be missed. */
  get allBuffered(): boolean {
    return this.bufferedQueues === this.queues.length
  }

  clear(): void {
    for (const queue of this.queues) queue.clear()
    this.#byTime.clear()
  }
}
