/**
 * `join`, `leftJoin`, `outerJoin` of tables
 *
 * Meaning: the table of the joined rows, kept up to date by both sides. `leftJoin` keeps left rows without a right one,
 * `outerJoin` those of both sides, with null for what is missing. The tables must have equal partition counts.
 *
 * Nulls: a row's deletion deletes the result, or, where the other side's row is kept, joins that with null. A deletion of
 * what was not there gives nothing, unless the other side has the key: then a tombstone, or the kept row again. A joiner that
 * gives null (or undefined) deletes.
 *
 * Late and out-of-order: an update is joined with the other table as it is now. Updates of a versioned table that are not
 * the latest are dropped (counted). The result is not versioned unless it is materialised so.
 *
 * Timestamp: the later of the update's and of the other row's. Headers: the update's.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import { ensureCopartition, writeProcessor } from '../plan/operator-graph.ts'
import type { Change } from '../processor/change.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import { isMaterialized, type MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { storeNameOr, suffixedName } from './operator-names.ts'
import { storeGetter, tableHandle } from './table-handle.ts'
import { joinGetter } from './table-join-getter.ts'
import { TableJoinMerge } from './table-join-merge.ts'
import { TableJoinProcessor, type TableJoinSide } from './table-join-processor.ts'

/** With any option of a store the result is kept in one. `name` is the result's node; the sides' are `<name>-join-this`, … */
export interface TableJoinOptions<K, V> extends MaterializedOptions<K, V>, NamedOptions {}

/**
 * Rows that both tables have.
 *
 * @example
 * users.join(addresses, (user, address) => ({ ...user, city: address.city }), { store: 'users-with-city' })
 */
export function joinTables<K, L, R, VOut>(
  left: TableHandle<K, L>,
  right: TableHandle<K, R>,
  joiner: (left: L, right: R, key: K) => VOut | null | undefined,
  options: TableJoinOptions<K, VOut> = {},
): TableHandle<K, VOut> {
  return join(left, right, joiner as TableJoiner<K, L, R, VOut>, options, { left: false, right: false })
}

/**
 * As `joinTables`, keeping left rows without a right one: `right` is null.
 *
 * @example
 * users.leftJoin(addresses, (user, address) => ({ ...user, city: address?.city ?? 'unknown' }))
 */
export function leftJoinTables<K, L, R, VOut>(
  left: TableHandle<K, L>,
  right: TableHandle<K, R>,
  joiner: (left: L, right: R | null, key: K) => VOut | null | undefined,
  options: TableJoinOptions<K, VOut> = {},
): TableHandle<K, VOut> {
  return join(left, right, joiner as TableJoiner<K, L, R, VOut>, options, { left: true, right: false })
}

/**
 * As `joinTables`, keeping rows of both sides: the one that is missing is null.
 *
 * @example
 * billed.outerJoin(paid, (bill, payment) => (bill ?? 0) - (payment ?? 0))
 */
export function outerJoinTables<K, L, R, VOut>(
  left: TableHandle<K, L>,
  right: TableHandle<K, R>,
  joiner: (left: L | null, right: R | null, key: K) => VOut | null | undefined,
  options: TableJoinOptions<K, VOut> = {},
): TableHandle<K, VOut> {
  return join(left, right, joiner, options, { left: true, right: true })
}

type TableJoiner<K, L, R, VOut> = (left: L | null, right: R | null, key: K) => VOut | null | undefined

function join<K, L, R, VOut>(
  left: TableHandle<K, L>,
  right: TableHandle<K, R>,
  joiner: TableJoiner<K, L, R, VOut>,
  options: TableJoinOptions<K, VOut>,
  preserved: { readonly left: boolean; readonly right: boolean },
): TableHandle<K, VOut> {
  const { graph } = left
  const store = isMaterialized(options)
    ? storeNameOr(graph, options.store, 'KTABLE-MERGE-', options.logging !== false)
    : undefined
  const name = graph.nameOr(options.name, 'KTABLE-MERGE-')
  const sourceNames = ensureCopartition(graph, [left, right])
  if (preserved.left) left.enableSendingOldValues(true)
  if (preserved.right) right.enableSendingOldValues(true)
  const leftGetter = left.getter()
  const rightGetter = right.getter()
  const sides = sideNames(graph, options.name)
  const keySerde = options.key ?? left.keySerde
  const valueSerde = options.value
  const builder = store === undefined ? undefined : tableStoreBuilder(store, options, keySerde, valueSerde)
  let sendOldValues = false
  const rows = {
    join: (own: L | null, other: R | null, key: K): VOut | null => joiner(own, other, key) ?? null,
    needsLeft: !preserved.right,
    needsRight: !preserved.left,
  }
  const node = new GraphNode(
    name,
    { versioned: store !== undefined && options.versioned !== undefined },
    (topology, self) => {
      const { versionedParents } = self.decisions
      const leftSide = (): TableJoinSide<L, R, VOut> => ({
        join: rows.join,
        needsOther: rows.needsRight,
        needsThis: rows.needsLeft,
        sendOldValues,
        versioned: versionedParents.has(left.node.name),
      })
      const rightSide = (): TableJoinSide<R, L, VOut> => ({
        join: (own, other, key: K) => rows.join(other, own, key),
        needsOther: rows.needsLeft,
        needsThis: rows.needsRight,
        sendOldValues,
        versioned: versionedParents.has(right.node.name),
      })
      const write = <In>(
        side: string,
        parents: string[],
        supplier: ProcessorSupplier<K, Change<In>, K, Change<VOut>>,
      ): void => writeProcessor(topology, { name: side, supplier }, parents)
      write(sides.left, [left.node.name], () => new TableJoinProcessor(leftSide(), rightGetter.get()))
      write(sides.right, [right.node.name], () => new TableJoinProcessor(rightSide(), leftGetter.get()))
      write(name, [sides.left, sides.right], () => new TableJoinMerge<K, VOut>(store, sendOldValues))
      if (builder !== undefined) topology.addStateStore(builder, [name])
      topology.connectProcessorAndStores(sides.left, rightGetter.storeNames)
      topology.connectProcessorAndStores(sides.right, leftGetter.storeNames)
    },
  )
  graph.add([left.node, right.node], node)
  return tableHandle(
    { graph, node, keySerde, valueSerde, sourceNames, queryableStoreName: store },
    {
      getter: () => (store === undefined ? joinGetter(rows, leftGetter, rightGetter) : storeGetter(store)),
      enableSendingOldValues() {
        left.enableSendingOldValues(true)
        right.enableSendingOldValues(true)
        sendOldValues = true
        return true
      },
    },
  )
}

function sideNames(graph: Graph, name: string | undefined): { readonly left: string; readonly right: string } {
  const left = suffixedName(graph, name, '-join-this', 'KTABLE-JOINTHIS-')
  return { left, right: suffixedName(graph, name, '-join-other', 'KTABLE-JOINOTHER-') }
}
