/**
 * Keeps one side's records for a stream–stream join: each is its own window, so that the store's retention forgets it.
 *
 * It forwards *before* it stores: a record joined with its own stream meets itself only by the other input. A null key is
 * forwarded and not stored. A null value is logged although it cannot join, as in Kafka Streams.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { WindowStore } from '../state/stores.ts'

export class StreamJoinWindow<K, V> implements Processor<K, V> {
  readonly #storeName: string
  #context!: OperatorContext<K, V>
  #store!: WindowStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessorContext<K, V>): void {
    this.#context = context as OperatorContext<K, V>
    this.#store = context.store(this.#storeName)
  }

  process(record: StreamRecord<K, V>): void {
    this.#context.forward(record)
    if (record.key !== null) this.#store.put(record.key, record.value, record.timestamp)
  }
}
