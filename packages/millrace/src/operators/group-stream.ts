/**
 * `groupBy`, `groupByKey` on streams
 *
 * Meaning: what is counted, reduced or aggregated together. Grouping itself does nothing at run time but, for `groupBy`, give
 * records their new key. Where the key may have changed, the aggregation that follows repartitions; several aggregations share
 * one topic if the grouping has a name.
 *
 * Nulls: a selector that gives null or undefined drops the record; null keys are dropped by the aggregation (counted).
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's.
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
 * flights.groupByKey().count()
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
 * flights.groupBy((flight) => flight.airline, { name: 'by-airline' }).count()
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
