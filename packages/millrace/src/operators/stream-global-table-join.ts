/**
 * `join`, `leftJoin` of a stream with a global table
 *
 * Meaning: each stream record is joined with the row under the key that `key` makes of it, as the table is at that moment.
 * Table updates give no results. No repartition is needed, and the stream's key stays.
 *
 * Nulls: a null value is dropped (counted). A null stream key is fine. A null table key: `join` drops (counts) the record,
 * `leftJoin` joins it with null. No row: `join` gives nothing, `leftJoin` calls the joiner with null.
 *
 * Late and out-of-order: the table is not synchronised with stream time: it is read as it is now.
 *
 * Timestamp: the stream record's; headers too. The joiner's `key` is the stream's.
 */

import type { GlobalTableHandle, StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { NamedOptions } from './named-options.ts'
import { type LookupJoiner, LookupJoinProcessor } from './table-lookup-join.ts'

export interface GlobalTableJoinOptions<K, V, KTable, VTable, VOut> extends NamedOptions {
  /** The row's key; null (or undefined): none. */
  readonly key: (value: NonNullable<V>, key: K) => KTable | null | undefined
  readonly join: (left: NonNullable<V>, right: VTable, key: K) => VOut | undefined
}

export interface GlobalTableLeftJoinOptions<K, V, KTable, VTable, VOut>
  extends Omit<GlobalTableJoinOptions<K, V, KTable, VTable, VOut>, 'join'> {
  readonly join: (left: NonNullable<V>, right: VTable | null, key: K) => VOut | undefined
}

/**
 * Joins each record with the row under a key made of it.
 *
 * @example
 * flights.join(airports, { key: (flight) => flight.origin, join: (flight, airport) => airport.state })
 */
export function joinGlobalTable<K, V, KTable, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: GlobalTableHandle<KTable, VTable>,
  options: GlobalTableJoinOptions<K, V, KTable, VTable, VOut>,
): StreamHandle<K, VOut> {
  return join(stream, table, options as GlobalTableLeftJoinOptions<K, V, KTable, VTable, VOut>, false)
}

/**
 * As `joinGlobalTable`, keeping records without a row: `right` is null.
 *
 * @example
 * flights.leftJoin(airports, { key: (flight) => flight.origin, join: (flight, airport) => airport?.state ?? '?' })
 */
export function leftJoinGlobalTable<K, V, KTable, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: GlobalTableHandle<KTable, VTable>,
  options: GlobalTableLeftJoinOptions<K, V, KTable, VTable, VOut>,
): StreamHandle<K, VOut> {
  return join(stream, table, options, true)
}

function join<K, V, KTable, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: GlobalTableHandle<KTable, VTable>,
  options: GlobalTableLeftJoinOptions<K, V, KTable, VTable, VOut>,
  left: boolean,
): StreamHandle<K, VOut> {
  const { graph } = stream
  const getter = table.getter()
  const node = addProcessor<K, V, K, VOut | null>(graph, stream.node, {
    name: graph.nameOr(options.name, 'KSTREAM-LEFTJOIN-'),
    facts: { acceptsNullKeys: left },
    supplier: () =>
      new LookupJoinProcessor(
        {
          joiner: options.join as LookupJoiner<K, V, VTable, VOut>,
          keyOf: options.key as (value: V, key: K) => KTable | null | undefined,
          left,
          buffer: undefined,
        },
        getter.get(),
      ),
  })
  return streamBelow(stream, node, { keySerde: stream.keySerde, valueSerde: undefined })
}
