/**
 * `KGroupedTable`: a table's rows grouped by another key. When a row changes or goes, its old value is subtracted from its
 * old group, so aggregations need the inverse of adding.
 */

import { aggregateTable, type TableAggregateOptions } from '../operators/aggregate.ts'
import { count } from '../operators/count.ts'
import type { AggregationOptions } from '../operators/grouped-aggregation.ts'
import { reduceTable, type TableReduceOptions } from '../operators/reduce.ts'
import type { GroupedTableHandle, Operator } from '../plan/handles.ts'
import { KTable } from './ktable.ts'
import { type Facade, wrap } from './wrap.ts'

export class KGroupedTable<K, V> {
  /** What operators work on. */
  readonly handle: GroupedTableHandle<K, V>

  constructor(handle: GroupedTableHandle<K, V>) {
    this.handle = handle
  }

  /** How many rows each group has. */
  count(options?: AggregationOptions<K, number>): KTable<K, number> {
    return new KTable(count(this.handle, options))
  }

  /** The rows' values of each group made one: `add` for a new value, `subtract` for one that goes. */
  reduce(options: TableReduceOptions<K, V>): KTable<K, V> {
    return new KTable(reduceTable(this.handle, options))
  }

  /**
   * The rows' values of each group folded into an aggregate: `init`, `add` and its inverse `subtract`. The aggregate's type is
   * that of `init`: annotate an empty array, `init: (): string[] => []`, else it is `never[]`.
   */
  aggregate<A>(options: TableAggregateOptions<K, V, A>): KTable<K, A> {
    return new KTable(aggregateTable(this.handle, options))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<GroupedTableHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}
