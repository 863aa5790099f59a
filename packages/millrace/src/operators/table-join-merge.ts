/**
 * Where the two sides of a table–table join meet: keeps the result if it has a store, and passes it on.
 *
 * Old values are the sides' own, not the store's: the two can differ only where both sides change for one record.
 */

import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { type ChangeForwarder, TableStore } from './table-store.ts'

export class TableJoinMerge<K, V> implements Processor<K, Change<V>> {
  readonly #storeName: string | undefined
  readonly #sendOldValues: boolean
  #context!: OperatorContext<K, Change<V>>
  #store: TableStore<K, V> | undefined
  #forwarder!: ChangeForwarder<K, V>

  constructor(storeName: string | undefined, sendOldValues: boolean) {
    this.#storeName = storeName
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext<K, Change<V>>): void {
    this.#context = context as OperatorContext<K, Change<V>>
    if (this.#storeName === undefined) return
    this.#store = new TableStore(context as OperatorContext, this.#storeName)
    this.#forwarder = this.#store.forwarder(this.#context, this.#sendOldValues)
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, value: change, timestamp } = record
    const store = this.#store
    if (store !== undefined) {
      const put = store.put(key, change.newValue, timestamp)
      if (put !== 'not-put') this.#forwarder.forward(record, change.newValue, change.oldValue, put === 'latest')
    } else if (this.#sendOldValues || change.oldValue === null) {
      this.#context.forward(record)
    } else {
      this.#context.forward(record.withValue(new Change(change.newValue, null, change.isLatest)))
    }
  }
}
