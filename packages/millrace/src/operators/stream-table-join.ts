/**
 * `join`, `leftJoin` of a stream with a table
 *
 * Meaning: each stream record is joined with its key's row in the table, as it is at that moment; table updates
 * give no results. Stream and table must have equal partition counts; a stream whose key was changed is repartitioned first.
 *
 * Nulls: a null value is dropped (counted). A null key: `join` drops (counts) it, `leftJoin` joins it with null. No row:
 * `join` gives nothing, `leftJoin` calls the joiner with null. A `leftJoin` with grace fails on a null key, as in Kafka
 * Streams: filter those first.
 *
 * Late and out-of-order: a plain table is read as it is now, whatever the record's time; a versioned one as of the record's
 * time. With `grace` the record first waits until stream time is `grace` past it; later ones are joined at once.
 *
 * Timestamp: the stream record's, also where the row is newer. Headers: the stream record's.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle, TableHandle } from '../plan/handles.ts'
import { ensureCopartition, type ProcessorOptions, streamBelow, writeProcessor } from '../plan/operator-graph.ts'
import { repartitionForJoin } from '../plan/repartition-node.ts'
import type { Topology } from '../plan/topology.ts'
import { type Duration, durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import { streamBuffer } from '../state/stream-buffer.ts'
import type { NamedOptions } from './named-options.ts'
import { noteImplicitStore } from './operator-names.ts'
import { type LookupJoiner, LookupJoinProcessor } from './table-lookup-join.ts'

/** `name` is the join's node; it names the repartition topic and the grace buffer too. */
export interface StreamTableJoinOptions<K, V> extends NamedOptions {
  /** Serdes of the stream, where it is repartitioned or buffered. Default: inherited. */
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
  /** Versioned tables: how long a record waits for the table's history to be complete. */
  readonly grace?: Duration | undefined
}

/**
 * Joins each record with its key's row.
 *
 * @throws TopologyError for a grace on a table that is not versioned
 * @example
 * orders.join(customers, (order, customer) => ({ ...order, name: customer.name }))
 */
export function joinTable<K, V, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: TableHandle<K, VTable>,
  joiner: (left: NonNullable<V>, right: VTable, key: K) => VOut | undefined,
  options: StreamTableJoinOptions<K, V> = {},
): StreamHandle<K, VOut> {
  return join(stream, table, joiner as LookupJoiner<K, V, VTable, VOut>, options, false)
}

/**
 * As `joinTable`, keeping records without a row: `right` is null.
 *
 * @throws TopologyError for a grace on a table that is not versioned
 * @example
 * orders.leftJoin(customers, (order, customer) => ({ ...order, name: customer?.name ?? 'unknown' }))
 */
export function leftJoinTable<K, V, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: TableHandle<K, VTable>,
  joiner: (left: NonNullable<V>, right: VTable | null, key: K) => VOut | undefined,
  options: StreamTableJoinOptions<K, V> = {},
): StreamHandle<K, VOut> {
  return join(stream, table, joiner as LookupJoiner<K, V, VTable, VOut>, options, true)
}

function join<K, V, VTable, VOut>(
  stream: StreamHandle<K, V>,
  table: TableHandle<K, VTable>,
  joiner: LookupJoiner<K, V, VTable, VOut>,
  options: StreamTableJoinOptions<K, V>,
  left: boolean,
): StreamHandle<K, VOut> {
  const { graph } = stream
  const source = repartitionForJoin(stream, { name: options.name, keySerde: options.key, valueSerde: options.value })
  const sourceNames = ensureCopartition(graph, [source, table])
  const name = graph.nameOr(options.name, left ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
  const keySerde = options.key ?? source.keySerde
  const graceMs = options.grace === undefined ? undefined : durationMs(options.grace, 'grace')
  const buffer = graceMs === undefined ? undefined : graceBuffer(name, source, table, options, graceMs)
  const getter = table.getter()
  const keyOf = (_value: V, key: K): K => key
  const processor: ProcessorOptions<K, V, K, VOut | null> = {
    name,
    supplier: () => new LookupJoinProcessor({ joiner, keyOf, left, buffer: buffer?.name }, getter.get()),
    stores: () => (buffer === undefined ? [] : [buffer]),
    connect: () => getter.storeNames,
  }
  const node = new GraphNode(name, { acceptsNullKeys: left }, (topology, self) => {
    writeProcessor(topology, processor, self.parentNames())
    if (graceMs !== undefined) checkHistory(graph, topology, name, getter.storeNames, graceMs)
  })
  graph.add(source.node, node)
  return streamBelow(source, node, { keySerde, valueSerde: undefined, repartitionRequired: false, sourceNames })
}

function graceBuffer<K, V, VTable>(
  joinName: string,
  stream: StreamHandle<K, V>,
  table: TableHandle<K, VTable>,
  options: StreamTableJoinOptions<K, V>,
  graceMs: number,
): StoreBuilder {
  if (table.node.facts.versioned === false) {
    throw new TopologyError(needsVersions(joinName), 'MILLRACE_GRACE_NEEDS_VERSIONS')
  }
  const name = `${joinName}-Buffer`
  if (options.name === undefined) noteImplicitStore(stream.graph, name, true)
  return streamBuffer({
    name,
    keySerde: options.key ?? stream.keySerde,
    valueSerde: options.value ?? stream.valueSerde,
    graceMs,
    serdeTopic: joinName,
  })
}

/** What can only be known when all stores are: a table may inherit its versions from above. */
function checkHistory(
  graph: Graph,
  topology: Topology,
  joinName: string,
  storeNames: readonly string[],
  graceMs: number,
): void {
  for (const name of storeNames) {
    const history = topology.storeOf(name)?.historyRetentionMs
    if (history === undefined) graph.mistakes.push(needsVersions(joinName))
    else if (history < graceMs) {
      graph.mistakes.push(
        `${joinName}: the table ${name} keeps ${history} ms of history, less than the grace of ${graceMs} ms; raise \`versioned\`.`,
      )
    }
  }
}

function needsVersions(joinName: string): string {
  return `${joinName}: the table must be versioned to be joined with a grace period; give it the option \`versioned\`.`
}
