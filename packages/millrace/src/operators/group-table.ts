/**
 * `groupBy` on tables
 *
 * Meaning: each row is given a new key and value, under which it is aggregated; when it changes or goes, its old value is
 * taken away from the old key's aggregate. Always repartitions, even if the key stays.
 *
 * Nulls: a mapper that gives null or undefined, or a null key or value, leaves that side of the change out. Both sides
 * travel as one record where the new key equals the old one, else as two, the old one first.
 *
 * Late and out-of-order: updates of a versioned table that are not the latest are left out.
 *
 * Timestamp: the update's.
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { GroupedTableHandle, TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamsError } from '../record/errors.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { GroupOptions } from './group-stream.ts'

/** The key to group a row by, and the value to aggregate. */
export type TableRowMapper<K, V, KOut, VOut> = (value: V, key: K) => readonly [KOut, VOut] | null | undefined

/**
 * Groups a table's rows by what the mapper gives.
 *
 * @example
 * seats.groupBy((seat) => [seat.flight, seat]).count()
 */
export function groupTable<K, V, KOut, VOut>(
  table: TableHandle<K, V>,
  mapper: TableRowMapper<K, V, KOut, VOut>,
  options: GroupOptions<KOut, VOut> = {},
): GroupedTableHandle<KOut, VOut> {
  const { graph } = table
  const node: GraphNode = addProcessor<K, Change<V>, KOut, Change<VOut>>(graph, table.node, {
    name: graph.nameOr(options.name, 'KTABLE-SELECT-'),
    supplier: () => new TableRowSelect(mapper, node.decisions.versionedParents.size > 0),
  })
  table.enableSendingOldValues(true)
  return {
    kind: 'grouped-table',
    graph,
    node,
    keySerde: options.key,
    valueSerde: options.value,
    sourceNames: table.sourceNames,
    userName: options.name,
    shared: { repartitionNode: undefined },
  }
}

class TableRowSelect<K, V, KOut, VOut> implements Processor<K, Change<V>, KOut, Change<VOut>> {
  readonly #mapper: TableRowMapper<K, V, KOut, VOut>
  readonly #skipsOutOfOrder: boolean
  #context!: OperatorContext<KOut, Change<VOut>>

  constructor(mapper: TableRowMapper<K, V, KOut, VOut>, skipsOutOfOrder: boolean) {
    this.#mapper = mapper
    this.#skipsOutOfOrder = skipsOutOfOrder
  }

  init(context: ProcessorContext<KOut, Change<VOut>>): void {
    this.#context = context as OperatorContext<KOut, Change<VOut>>
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, value: change } = record
    if (key === null) {
      throw new StreamsError('MILLRACE_NULL_KEY', `${this.#context.nodeName}: a table's row must have a key.`)
    }
    if (this.#skipsOutOfOrder && !change.isLatest) return
    const now = this.#map(change.newValue, key)
    const before = this.#map(change.oldValue, key)
    const context = this.#context
    const { isLatest } = change
    if (before !== undefined && now !== undefined && sameKey(before[0], now[0])) {
      context.forward(record.withKeyValue(before[0], new Change(now[1], before[1], isLatest)))
      return
    }
    if (before !== undefined)
      context.forward(record.withKeyValue(before[0], new Change<VOut>(null, before[1], isLatest)))
    if (now !== undefined) context.forward(record.withKeyValue(now[0], new Change<VOut>(now[1], null, isLatest)))
  }

  #map(value: V | null, key: K): readonly [KOut, VOut] | undefined {
    if (value === null) return undefined
    const pair = this.#mapper(value, key)
    if (pair === null || pair === undefined) return undefined
    return isMissing(pair[0]) || isMissing(pair[1]) ? undefined : pair
  }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}

/** Equality of keys: primitives, byte arrays, plain data. */
function sameKey(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object') return false
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) return sameBytes(one as Uint8Array, other as Uint8Array)
  return JSON.stringify(one) === JSON.stringify(other)
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
