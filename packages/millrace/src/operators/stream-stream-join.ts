/**
 * `join`, `leftJoin`, `outerJoin` of streams
 *
 * Meaning: every pair of a left and a right record of equal key whose times are no further apart than the window allows:
 * the right one from `before` before to `after` after the left one, both inclusive. The streams must have equal partition
 * counts; one whose key was changed is repartitioned first. `leftJoin` keeps left records without a match, `outerJoin`
 * those of both sides: they come out, with null for the other side, once the window and grace have passed.
 *
 * Nulls: a null value is dropped (counted). A null key is dropped, or, on a side that is kept, joined with null at once.
 *
 * Late and out-of-order: a late record still meets what the other side's store holds (before + after + grace back); it is
 * not dropped. Unmatched and already behind its window, it comes out at once.
 *
 * Timestamp: the later of the two; unmatched: the record's own. Headers: those of the record that completed the pair;
 * unmatched results have those of the record that released them. Unmatched results are released at most once a second of
 * wall-clock time, and only as records arrive.
 */

import type { Graph } from '../plan/graph.ts'
import { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, ensureCopartition, streamBelow, writeProcessor } from '../plan/operator-graph.ts'
import { repartitionForJoin } from '../plan/repartition-node.ts'
import type { Topology } from '../plan/topology.ts'
import type { JoinSide } from '../state/outer-join-store.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import { PassThrough } from './pass-through.ts'
import { type StreamJoinNames, streamJoinNames } from './stream-join-names.ts'
import { type StreamJoiner, StreamJoinProcessor } from './stream-join-processor.ts'
import { type StreamJoinOptions, type StreamJoinStores, streamJoinStores } from './stream-join-stores.ts'
import { StreamJoinTimes } from './stream-join-time.ts'
import { StreamJoinWindow } from './stream-join-window.ts'
import { StreamSelfJoinProcessor } from './stream-self-join-processor.ts'

/**
 * Pairs of records of both streams that are close in time.
 *
 * @example
 * clicks.join(views, { join: (click, view) => ({ ...click, ...view }), windows: joinWindows({ within: '10 min' }) })
 */
export function joinStreams<K, L, R, VOut>(
  left: StreamHandle<K, L>,
  right: StreamHandle<K, R>,
  joiner: (left: NonNullable<L>, right: NonNullable<R>, key: K) => VOut | undefined,
  options: StreamJoinOptions<K, L, R>,
): StreamHandle<K, VOut> {
  return join(left, right, joiner as StreamJoiner<K, L, R, VOut>, options, { left: false, right: false })
}

/**
 * As `joinStreams`, keeping left records without a match: `right` is null.
 *
 * @example
 * orders.leftJoin(payments, {
 *   join: (order, payment) => ({ order: order.id, paid: payment !== null }),
 *   windows: joinWindows({ before: 0, after: '1 hour', grace: '5 min' }),
 * })
 */
export function leftJoinStreams<K, L, R, VOut>(
  left: StreamHandle<K, L>,
  right: StreamHandle<K, R>,
  joiner: (left: NonNullable<L>, right: NonNullable<R> | null, key: K) => VOut | undefined,
  options: StreamJoinOptions<K, L, R>,
): StreamHandle<K, VOut> {
  return join(left, right, joiner as StreamJoiner<K, L, R, VOut>, options, { left: true, right: false })
}

/**
 * As `joinStreams`, keeping records of both sides without a match: the other one is null.
 *
 * @example
 * sent.outerJoin(received, { join: (out, back) => ({ out, back }), windows: joinWindows({ within: '30 s' }) })
 */
export function outerJoinStreams<K, L, R, VOut>(
  left: StreamHandle<K, L>,
  right: StreamHandle<K, R>,
  joiner: (left: NonNullable<L> | null, right: NonNullable<R> | null, key: K) => VOut | undefined,
  options: StreamJoinOptions<K, L, R>,
): StreamHandle<K, VOut> {
  return join(left, right, joiner as StreamJoiner<K, L, R, VOut>, options, { left: true, right: true })
}

/** Which sides' records are kept where they have no match. */
export interface PreservedSides {
  readonly left: boolean
  readonly right: boolean
}

function join<K, L, R, VOut>(
  left: StreamHandle<K, L>,
  right: StreamHandle<K, R>,
  joiner: StreamJoiner<K, L, R, VOut>,
  options: StreamJoinOptions<K, L, R>,
  preserved: PreservedSides,
): StreamHandle<K, VOut> {
  const { graph } = left
  const key = options.key ?? left.keySerde ?? right.keySerde
  const joinName = options.name
  const leftIn = repartitionForJoin(left, {
    name: joinName === undefined ? undefined : `${joinName}-left`,
    keySerde: key,
    valueSerde: options.value,
  })
  const rightIn = repartitionForJoin(right, {
    name: joinName === undefined ? undefined : `${joinName}-right`,
    keySerde: key,
    valueSerde: options.otherValue,
  })
  const sourceNames = ensureCopartition(graph, [leftIn, rightIn])
  const names = streamJoinNames(graph, options, preserved)
  const stores = streamJoinStores(names, options, {
    key,
    value: options.value ?? leftIn.valueSerde,
    otherValue: options.otherValue ?? rightIn.valueSerde,
  })
  addWindow(graph, leftIn.node, names.thisWindowed, stores.left)
  addWindow(graph, rightIn.node, names.otherWindowed, stores.right)

  const facts = {
    streamStreamJoin: { thisWindowed: names.thisWindowed, otherWindowed: names.otherWindowed },
    acceptsNullKeys: preserved.left || preserved.right,
  }
  const node = new GraphNode(names.merge, facts, (topology, self) => {
    if (self.decisions.selfJoin) {
      const selfJoiner = joiner as unknown as StreamJoiner<K, L, L, VOut>
      writeProcessor(
        topology,
        {
          name: names.merge,
          supplier: () => new StreamSelfJoinProcessor(selfJoiner, options.windows, stores.left.name),
          stores: () => [stores.left],
        },
        [names.thisWindowed],
      )
    } else writeTwoStoreJoin(topology, names, stores, joiner, options, preserved)
  })
  graph.add([leftIn.node, rightIn.node], node)
  return streamBelow(leftIn, node, { keySerde: key, valueSerde: undefined, repartitionRequired: false, sourceNames })
}

function addWindow(graph: Graph, parent: GraphNode, name: string, store: StoreBuilder): void {
  addProcessor(graph, parent, { name, supplier: () => new StreamJoinWindow(store.name), stores: () => [store] })
}

function writeTwoStoreJoin<K, L, R, VOut>(
  topology: Topology,
  names: StreamJoinNames,
  stores: StreamJoinStores,
  joiner: StreamJoiner<K, L, R, VOut>,
  options: StreamJoinOptions<K, L, R>,
  preserved: PreservedSides,
): void {
  const times = new StreamJoinTimes()
  const { shared } = stores
  const writeSide = (side: JoinSide, name: string, parent: string, other: StoreBuilder): void => {
    const settings = {
      side,
      joiner,
      windows: options.windows,
      preserved: preserved[side],
      otherStore: other.name,
      sharedStore: shared?.name,
      times,
    }
    writeProcessor(
      topology,
      {
        name,
        supplier: () => new StreamJoinProcessor(settings),
        stores: () => (shared === undefined ? [other] : [other, shared]),
      },
      [parent],
    )
  }
  writeSide('left', names.thisJoin, names.thisWindowed, stores.right)
  writeSide('right', names.otherJoin, names.otherWindowed, stores.left)
  writeProcessor(topology, { name: names.merge, supplier: () => new PassThrough() }, [names.thisJoin, names.otherJoin])
}
