/**
 * `mapValues` on streams
 *
 * Meaning: a new value for each record. The key stays, so nothing is repartitioned; the key serde is inherited, the value
 * serde is not.
 *
 * Nulls: the mapper sees null values; a result of undefined counts as null.
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's, and a copy of its headers.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'

export type ValueMapper<K, V, VOut> = (value: V, key: K) => VOut

/**
 * Replaces each value by what the mapper gives.
 *
 * @example
 * flights.mapValues((flight) => flight.delay)
 */
export function mapValues<K, V, VOut>(
  stream: StreamHandle<K, V>,
  mapper: ValueMapper<K, V, VOut | undefined>,
  options: NamedOptions = {},
): StreamHandle<K, VOut> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-MAPVALUES-'),
    facts: { valueChanging: true },
    supplier: () => new MapValues(mapper),
  })
  return streamBelow(stream, node, { keySerde: stream.keySerde, valueSerde: undefined })
}

class MapValues<K, V, VOut> extends ForwardingProcessor<K, V, K, VOut | null> {
  readonly #mapper: ValueMapper<K, V, VOut | undefined>

  constructor(mapper: ValueMapper<K, V, VOut | undefined>) {
    super()
    this.#mapper = mapper
  }

  process(record: StreamRecord<K, V>): void {
    this.context.forward(record.withValue(this.#mapper(record.value, record.key) ?? null))
  }
}
