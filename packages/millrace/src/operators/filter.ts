/**
 * `filter`, `filterNot` on streams
 *
 * Meaning: lets records pass, or not, by a predicate. The key stays, so nothing is repartitioned.
 *
 * Nulls: the predicate sees null keys and values.
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's. Forwards a new record with copied headers.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { copied, ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'

export type Predicate<K, V> = (value: V, key: K) => boolean

/**
 * Keeps the records for which the predicate is true.
 *
 * @example
 * flights.filter((flight) => flight.distance >= 100, { name: 'long-haul' })
 */
export function filter<K, V>(
  stream: StreamHandle<K, V>,
  predicate: Predicate<K, V>,
  options: NamedOptions = {},
): StreamHandle<K, V> {
  return addFilter(stream, predicate, true, options)
}

/**
 * Drops the records for which the predicate is true.
 *
 * @example
 * flights.filterNot((flight) => flight.cancelled)
 */
export function filterNot<K, V>(
  stream: StreamHandle<K, V>,
  predicate: Predicate<K, V>,
  options: NamedOptions = {},
): StreamHandle<K, V> {
  return addFilter(stream, predicate, false, options)
}

function addFilter<K, V>(
  stream: StreamHandle<K, V>,
  predicate: Predicate<K, V>,
  keeps: boolean,
  options: NamedOptions,
): StreamHandle<K, V> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-FILTER-'),
    supplier: () => new Filter(predicate, keeps),
  })
  return streamBelow(stream, node, stream)
}

class Filter<K, V> extends ForwardingProcessor<K, V> {
  readonly #predicate: Predicate<K, V>
  readonly #keeps: boolean

  constructor(predicate: Predicate<K, V>, keeps: boolean) {
    super()
    this.#predicate = predicate
    this.#keeps = keeps
  }

  process(record: StreamRecord<K, V>): void {
    if (Boolean(this.#predicate(record.value, record.key)) === this.#keeps) this.context.forward(copied(record))
  }
}
