/**
 * `CogroupedKStream`: several grouped streams of one key, each with its own `add`, folded into one aggregate in one store.
 */

import type { Aggregator } from '../operators/aggregate-functions.ts'
import { addToCogroup, aggregateCogrouped, type CogroupAggregateOptions } from '../operators/cogroup.ts'
import { windowedByCogrouped } from '../operators/windowed-by.ts'
import type { CogroupedHandle, Operator } from '../plan/handles.ts'
import type { Windowed } from '../record/windowed.ts'
import type { Windows } from '../window/windows.ts'
import type { KGroupedStream } from './kgrouped-stream.ts'
import { KTable } from './ktable.ts'
import { type Facade, wrap } from './wrap.ts'

/** @template KOut the result's keys: the group's, or windowed ones. */
export class CogroupedKStream<K, A, KOut = K> {
  /** What operators work on. */
  readonly handle: CogroupedHandle<K, A>

  constructor(handle: CogroupedHandle<K, A>) {
    this.handle = handle
  }

  /** Adds another grouped stream, folded in by its own `add`. */
  cogroup<V>(group: KGroupedStream<K, V>, add: Aggregator<K, V, A>): CogroupedKStream<K, A, KOut> {
    return new CogroupedKStream(addToCogroup(this.handle, group.handle, add))
  }

  /** Aggregates by windows: `tumbling`, `hopping`, `sliding`, `session`. Results are emitted on update. */
  windowedBy(windows: Windows): CogroupedKStream<K, A, Windowed<K>> {
    return new CogroupedKStream(windowedByCogrouped(this.handle, windows))
  }

  /**
   * The aggregate, from `init()` on; sessions need `merge`. Its type is that of the first `cogroup`: give it there,
   * `cogroup<string[]>(…)`, where it cannot be inferred.
   *
   * @throws TopologyError for sessions without `merge`
   * @example
   * clicks.groupByKey().cogroup<Visit>((visit) => ({ ...visit, clicks: visit.clicks + 1 }))
   *   .cogroup(views.groupByKey(), (visit, view) => ({ ...visit, seconds: visit.seconds + view.seconds }))
   *   .aggregate({ init: () => ({ clicks: 0, seconds: 0 }), store: 'visits' })
   */
  aggregate(options: CogroupAggregateOptions<K, A>): KTable<KOut, A> {
    return new KTable(aggregateCogrouped<K, A, KOut>(this.handle, options))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<CogroupedHandle<K, A>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}
