/**
 * `groupByKey` and `groupBy` of streams: what is counted, reduced or aggregated together. Grouping itself does nothing at
 * run time but, for `groupBy`, give records their new key.
 *
 * Repartition: where the key may have changed, by the aggregation that follows; several aggregations share one topic if the
 * grouping has a name. Records with a null key are dropped there.
 */

import type { GroupedStreamHandle, StreamHandle } from '../plan/handles.ts'
import type { Serde } from '../record/serde.ts'
import type { KeySelector } from './map.ts'
import { addSelectKey } from './map.ts'

export interface GroupOptions<K, V> {
  /** Names the repartition topic, if there is one: `<application id>-<name>-repartition`. */
  readonly name?: string
  /** Default: inherited (`groupByKey`), else the app's. */
  readonly key?: Serde<K>
  /** Default: inherited, else the app's. */
  readonly value?: Serde<V>
}

/**
 * Groups by the key the records have.
 *
 * @example
 * count(groupByKey(flights))
 */
export function groupByKey<K, V>(
  stream: StreamHandle<K, V>,
  options: GroupOptions<K, V> = {},
): GroupedStreamHandle<K, V> {
  return {
    kind: 'grouped-stream',
    graph: stream.graph,
    node: stream.node,
    keySerde: options.key ?? stream.keySerde,
    valueSerde: options.value ?? stream.valueSerde,
    sourceNames: stream.sourceNames,
    repartitionRequired: stream.repartitionRequired,
    userName: options.name,
    shared: { repartitionNode: undefined },
  }
}

/**
 * Groups by what the selector gives, which becomes the key. Null or undefined: the record is dropped.
 *
 * @example
 * count(groupBy(flights, (flight) => flight.airline, { name: 'by-airline' }))
 */
export function groupBy<K, V, KOut>(
  stream: StreamHandle<K, V>,
  selector: KeySelector<K, V, KOut | null | undefined>,
  options: GroupOptions<KOut, V> = {},
): GroupedStreamHandle<KOut, V> {
  return {
    kind: 'grouped-stream',
    graph: stream.graph,
    node: addSelectKey(stream, selector, options.name),
    keySerde: options.key,
    valueSerde: options.value ?? stream.valueSerde,
    sourceNames: stream.sourceNames,
    repartitionRequired: true,
    userName: options.name,
    shared: { repartitionNode: undefined },
  }
}
