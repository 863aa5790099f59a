/**
 * What makes a stream of values a table (Kafka Streams' KTableSource): used by `table`, `globalTable`, `toTable` and the
 * result of a foreign-key join. It keeps the store if there is one, and forwards each update as a change.
 *
 * A plain store takes updates in offset order: one with an older time overwrites too. Idempotent updates are forwarded.
 * Whether there is a store, and whether old values are sent, may be asked for by operators added later, so both are read
 * when a task is made.
 */

import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetterSupplier } from '../processor/value-getter.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { storeGetter, type TableBehaviour } from './table-handle.ts'
import { type ChangeForwarder, TableStore } from './table-store.ts'

/** A source table while the DSL builds: it gets its store when somebody needs to read it. */
export class TableSource<K, V> implements TableBehaviour<K, V> {
  readonly storeName: string
  #materialized: boolean
  #sendOldValues = false

  constructor(storeName: string, materialized: boolean) {
    this.storeName = storeName
    this.#materialized = materialized
  }

  get materialized(): boolean {
    return this.#materialized
  }

  getter(): ValueGetterSupplier<K, V> {
    this.#materialized = true
    return storeGetter(this.storeName)
  }

  enableSendingOldValues(force: boolean): boolean {
    if (!force && !this.#materialized) return false
    this.#materialized = true
    this.#sendOldValues = true
    return true
  }

  processor(): Processor<K, V | null, K, Change<V>> {
    return new TableSourceProcessor(this.#materialized ? this.storeName : undefined, this.#sendOldValues)
  }
}

class TableSourceProcessor<K, V> implements Processor<K, V | null, K, Change<V>> {
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

  process(record: StreamRecord<K, V | null>): void {
    const { key, value, timestamp } = record
    if (key === null) {
      this.#context.dropped('null-key')
      return
    }
    const store = this.#store
    if (store === undefined) {
      this.#context.forward(record.withValue(new Change(value, null)))
      return
    }
    const oldValue = this.#sendOldValues ? store.value(key) : null
    const put = store.put(key, value, timestamp)
    if (put !== 'not-put') this.#forwarder.forward(record, value, oldValue, put === 'latest')
  }
}
