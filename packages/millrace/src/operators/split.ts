/**
 * `split`
 *
 * Meaning: each record goes to the first branch whose predicate is true, else to the default branch, else nowhere (counted).
 *
 * Nulls: predicates see them.
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's. Forwards the record it was given, to one child.
 */

import type { Graph } from '../plan/graph.ts'
import type { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Predicate } from './filter.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'
import { PassThrough } from './pass-through.ts'

export interface SplitBranch<K, V> {
  readonly childName: string
  predicate?(value: V, key: K): boolean
}

/** A split under construction: branches are added to it. */
export interface SplitHandle<K, V> {
  readonly stream: StreamHandle<K, V>
  readonly graph: Graph
  readonly node: GraphNode
  /** In the order of asking. The default branch is last and has no predicate. */
  readonly branches: SplitBranch<K, V>[]
}

/**
 * Begins a split. Its name is the prefix of its branches' names.
 *
 * @example
 * const { late, punctual } = flights
 *   .split({ name: 'delay-' })
 *   .branch((flight) => flight.delay > 15, { name: 'late' })
 *   .defaultBranch({ name: 'punctual' })
 */
export function split<K, V>(stream: StreamHandle<K, V>, options: NamedOptions = {}): SplitHandle<K, V> {
  const branches: SplitHandle<K, V>['branches'] = []
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-BRANCH-'),
    supplier: () => new Split(branches),
  })
  return { stream, graph: stream.graph, node, branches }
}

/** Adds a branch: with a predicate, or the default one without. */
export function branch<K, V>(
  split: SplitHandle<K, V>,
  predicate: Predicate<K, V> | undefined,
  options: NamedOptions = {},
): StreamHandle<K, V> {
  const position = predicate === undefined ? 0 : split.branches.length + 1
  const childName = split.node.name + (options.name ?? position)
  split.branches.push(predicate === undefined ? { childName } : { childName, predicate })
  split.graph.nextIndex()
  const node = addProcessor(split.graph, split.node, { name: childName, supplier: () => new PassThrough<K, V>() })
  return streamBelow(split.stream, node, split.stream)
}

class Split<K, V> extends ForwardingProcessor<K, V> {
  readonly #branches: SplitHandle<K, V>['branches']

  constructor(branches: SplitHandle<K, V>['branches']) {
    super()
    this.#branches = branches
  }

  process(record: StreamRecord<K, V>): void {
    for (const branch of this.#branches) {
      if (branch.predicate === undefined || branch.predicate(record.value, record.key)) {
        this.context.forward(record, branch.childName)
        return
      }
    }
    this.context.dropped('no-branch')
  }
}
