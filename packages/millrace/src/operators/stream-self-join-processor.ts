/**
 * A stream joined with itself, on one store (`single.store.self.join`). The results are those of the two-store join; only
 * the order between the two directions differs.
 *
 * The record meets the stored ones as left, then as right, and itself once, in the order of result times; not itself if it
 * is already out of the store's retention.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { WindowStore } from '../state/stores.ts'
import type { JoinWindows } from '../window/windows.ts'
import type { StreamJoiner } from './stream-join-processor.ts'

export class StreamSelfJoinProcessor<K, V, VOut> implements Processor<K, V, K, VOut | null> {
  readonly #joiner: StreamJoiner<K, V, V, VOut>
  readonly #windows: JoinWindows
  readonly #storeName: string
  #context!: OperatorContext<K, VOut | null>
  #store!: WindowStore<K, V>
  #streamTime = -1

  constructor(joiner: StreamJoiner<K, V, V, VOut>, windows: JoinWindows, storeName: string) {
    this.#joiner = joiner
    this.#windows = windows
    this.#storeName = storeName
  }

  init(context: ProcessorContext<K, VOut | null>): void {
    this.#context = context as OperatorContext<K, VOut | null>
    this.#store = context.store(this.#storeName)
  }

  process(record: StreamRecord<K, V>): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) {
      this.#context.dropped(key === null ? 'null-key' : 'null-value')
      return
    }
    const { beforeMs, afterMs, graceMs } = this.#windows
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const retentionMs = beforeMs + afterMs + graceMs
    let meetsItself = timestamp > this.#streamTime - retentionMs + 1

    for (const entry of this.#store.fetchRange(
      key,
      Math.max(0, timestamp - beforeMs),
      Math.max(0, timestamp + afterMs),
    )) {
      this.#emit(record, value, entry.value, Math.max(timestamp, entry.windowStart))
    }
    for (const entry of this.#store.fetchRange(
      key,
      Math.max(0, timestamp - afterMs),
      Math.max(0, timestamp + beforeMs),
    )) {
      if (meetsItself && entry.windowStart > timestamp) {
        meetsItself = false
        this.#emit(record, value, value, timestamp)
      }
      this.#emit(record, entry.value, value, Math.max(timestamp, entry.windowStart))
    }
    if (meetsItself) this.#emit(record, value, value, timestamp)
  }

  #emit(trigger: StreamRecord<K, V>, left: V, right: V, timestamp: number): void {
    const { key } = trigger
    const joined = this.#joiner(left, right, key) ?? null
    this.#context.forward(new StreamRecord(key, joined, timestamp, trigger.headersIfAny?.copy()))
  }
}
