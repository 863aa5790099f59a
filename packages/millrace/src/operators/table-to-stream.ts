/**
 * `toStream`
 *
 * Meaning: the table's updates as a stream: each new value under its key, tombstones as null values. With a key selector
 * the key is changed too (Kafka Streams' `toStream(mapper)` is `toStream` and `selectKey`: the façade composes them).
 *
 * Nulls: pass.
 *
 * Late and out-of-order: pass, also the updates of a versioned table that are not its latest.
 *
 * Timestamp: the update's.
 */

import type { StreamHandle, TableHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { Change } from '../processor/change.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'

/**
 * The table's updates as a stream.
 *
 * @example
 * counts.toStream({ name: 'count-changes' })
 * customers.toStream((customer, id) => customer?.name ?? id)
 */
export function tableToStream<K, V>(table: TableHandle<K, V>, options: NamedOptions = {}): StreamHandle<K, V | null> {
  const { graph } = table
  const node = addProcessor<K, Change<V>, K, V | null>(graph, table.node, {
    name: graph.nameOr(options.name, 'KTABLE-TOSTREAM-'),
    supplier: () => new ToStream(),
  })
  return streamBelow(table, node, {
    keySerde: table.keySerde,
    valueSerde: table.valueSerde as StreamHandle<K, V | null>['valueSerde'],
    repartitionRequired: false,
  })
}

class ToStream<K, V> extends ForwardingProcessor<K, Change<V>, K, V | null> {
  process(record: StreamRecord<K, Change<V>>): void {
    this.context.forward(record.withValue(record.value.newValue))
  }
}
