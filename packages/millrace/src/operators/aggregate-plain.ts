/**
 * Aggregation of a grouped stream without windows (KStreamAggregate and KStreamReduce).
 *
 * Records with a null key or a null value are dropped. The result's time is the highest of the records in it; after a null
 * result (a deletion) it starts anew. The old value sent for a new key is the initialiser's, as in Kafka Streams.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { initial } from './aggregate-functions.ts'
import type { AggregationEngine, AggregationSettings } from './aggregation-engine.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import { storeGetter } from './table-handle.ts'
import { type ChangeForwarder, TableStore } from './table-store.ts'

export function plainEngine<K>(): AggregationEngine<K, K> {
  return {
    graceMs: undefined,
    keySerde: (inner) => inner,
    store: tableStoreBuilder,
    processor: (settings) => new PlainAggregate(settings),
    getter: storeGetter,
  }
}

class PlainAggregate<K, V, A> implements Processor<K, V, K, Change<A>> {
  readonly #settings: AggregationSettings<K, V, A>
  #context!: OperatorContext<K, Change<A>>
  #store!: TableStore<K, A>
  #forwarder!: ChangeForwarder<K, A>

  constructor(settings: AggregationSettings<K, V, A>) {
    this.#settings = settings
  }

  init(context: ProcessorContext<K, Change<A>>): void {
    this.#context = context as OperatorContext<K, Change<A>>
    this.#store = new TableStore(context as OperatorContext, this.#settings.storeName)
    this.#forwarder = this.#store.forwarder(this.#context, this.#settings.sendOldValues)
  }

  process(record: StreamRecord<K, V>): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) {
      this.#context.dropped(key === null ? 'null-key' : 'null-value')
      return
    }
    const { functions } = this.#settings
    const stored = this.#store.get(key)
    let before: A
    let time = timestamp
    if (stored === null) {
      before = initial(functions, this.#context)
    } else {
      before = stored.value
      if (stored.timestamp > time) time = stored.timestamp
    }
    const after = functions.add(before, value, key) ?? null
    const put = this.#store.put(key, after, time)
    if (put === 'not-put') return
    const trigger = time === timestamp ? record : record.withTimestamp(time)
    this.#forwarder.forward(trigger, after, before, put === 'latest')
  }
}
