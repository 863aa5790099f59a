/**
 * `KTable`: the latest value of each key, as the DSL shows it. Each method is one call of an operator; its file says what
 * happens to nulls, late updates and timestamps.
 */

import type { DerivedTableOptions } from '../operators/derived-table.ts'
import type { ForeignKeyJoinOptions, ForeignKeyLeftJoinOptions } from '../operators/foreign-key-join.ts'
import type { GroupOptions } from '../operators/group-stream.ts'
import { groupTable, type TableRowMapper } from '../operators/group-table.ts'
import { type KeySelector, selectKey } from '../operators/map.ts'
import type { NamedOptions } from '../operators/named-options.ts'
import { type SuppressOptions, suppress } from '../operators/suppress.ts'
import type { Suppression } from '../operators/suppression.ts'
import { type TablePredicate, tableFilter, tableFilterNot } from '../operators/table-filter.ts'
import { type TableValueMapper, tableMapValues } from '../operators/table-map-values.ts'
import { outerJoinTables, type TableJoinOptions } from '../operators/table-table-join.ts'
import { tableToStream } from '../operators/table-to-stream.ts'
import {
  type TableTransformValuesOptions,
  tableTransformValues,
  type ValueTransformer,
} from '../operators/table-transform-values.ts'
import type { Operator, TableHandle } from '../plan/handles.ts'
import { KGroupedTable } from './kgrouped-table.ts'
import { KStream } from './kstream.ts'
import type { OneOrNamed } from './stream-joins.ts'
import { INNER_ROWS, joinRows, LEFT_ROWS, named, type RowJoiner } from './table-joins.ts'
import { type Facade, wrap } from './wrap.ts'

export class KTable<K, V> {
  /** What operators work on. */
  readonly handle: TableHandle<K, V>

  constructor(handle: TableHandle<K, V>) {
    this.handle = handle
  }

  /** The store's name if the table was given one: queries use it. */
  get storeName(): string | undefined {
    return this.handle.queryableStoreName
  }

  /** The table of the keys whose value is accepted; others are deleted. */
  filter(predicate: TablePredicate<K, V>, options?: DerivedTableOptions<K, V>): KTable<K, V> {
    return new KTable(tableFilter(this.handle, predicate, options))
  }

  /** The table of the keys whose value is not accepted. */
  filterNot(predicate: TablePredicate<K, V>, options?: DerivedTableOptions<K, V>): KTable<K, V> {
    return new KTable(tableFilterNot(this.handle, predicate, options))
  }

  /** The table with each value replaced; null or undefined deletes. Not called for deletions. */
  mapValues<VOut>(
    mapper: TableValueMapper<K, V, VOut>,
    options?: DerivedTableOptions<K, NonNullable<VOut>>,
  ): KTable<K, NonNullable<VOut>> {
    return new KTable(tableMapValues(this.handle, mapper as TableValueMapper<K, V, NonNullable<VOut>>, options))
  }

  /** As `mapValues`, by an object that may use stores and is called for deletions too. */
  transformValues<VOut>(
    supplier: () => ValueTransformer<K, V, VOut>,
    options?: TableTransformValuesOptions<K, VOut>,
  ): KTable<K, VOut> {
    return new KTable(tableTransformValues(this.handle, supplier, options))
  }

  /**
   * The table's updates as a stream; deletions have a null value.
   *
   * @param selector a new key for each update: as `toStream().selectKey(selector)`
   */
  toStream<KOut>(selector: KeySelector<K, V | null, KOut | undefined>, options?: NamedOptions): KStream<KOut, V | null>
  toStream(options?: NamedOptions): KStream<K, V | null>
  toStream(first?: KeySelector<K, V | null, unknown> | NamedOptions, options?: NamedOptions): unknown {
    if (!isFunction(first)) return new KStream(tableToStream(this.handle, first))
    return new KStream(selectKey(tableToStream(this.handle, options), first))
  }

  /** Groups the rows by a new key, each with a new value: the mapper gives `[key, value]`, or null to leave a row out. */
  groupBy<KOut, VOut>(
    mapper: TableRowMapper<K, V, KOut, VOut>,
    options?: GroupOptions<KOut, VOut>,
  ): KGroupedTable<KOut, VOut> {
    return new KGroupedTable(groupTable(this.handle, mapper, options))
  }

  /**
   * Holds updates back: until their window closes (only final results), or for a time (fewer updates).
   *
   * @throws TopologyError if the table is not windowed (`untilWindowCloses`) or is versioned
   * @example
   * hourly.suppress(untilWindowCloses(), { name: 'final' })
   */
  suppress(until: Suppression, options?: SuppressOptions): KTable<K, V> {
    return new KTable(suppress(this.handle, until, options))
  }

  /**
   * The table of the rows of both tables joined by key; or, with `foreignKey`, of this table's rows each joined with the row
   * it points to.
   *
   * @example
   * users.join(addresses, (user, address) => ({ ...user, city: address.city }), { store: 'users-with-city' })
   * orderTable.join(customers, { foreignKey: (order) => order.customerId, join: (order, customer) => [order, customer] })
   */
  join<KR, R, VOut>(other: KTable<KR, R>, options: ForeignKeyJoinOptions<K, V, KR, R, VOut>): KTable<K, VOut>
  join<R, VOut>(
    other: KTable<K, R>,
    joiner: OneOrNamed<RowJoiner<K, V, R, VOut>, TableJoinOptions<K, VOut>>,
    options?: TableJoinOptions<K, VOut>,
  ): KTable<K, VOut>
  join(other: { readonly handle: object }, first: never, options?: object): unknown {
    return new KTable(joinRows(INNER_ROWS, this.handle, other.handle, first, options))
  }

  /** As `join`, but every row of this table is in the result: `right` is null where the other has none. */
  leftJoin<KR, R, VOut>(other: KTable<KR, R>, options: ForeignKeyLeftJoinOptions<K, V, KR, R, VOut>): KTable<K, VOut>
  leftJoin<R, VOut>(
    other: KTable<K, R>,
    joiner: OneOrNamed<RowJoiner<K, V, R | null, VOut>, TableJoinOptions<K, VOut>>,
    options?: TableJoinOptions<K, VOut>,
  ): KTable<K, VOut>
  leftJoin(other: { readonly handle: object }, first: never, options?: object): unknown {
    return new KTable(joinRows(LEFT_ROWS, this.handle, other.handle, first, options))
  }

  /** As `join`, but every row of both tables is in the result: the side that has none is null. */
  outerJoin<R, VOut>(
    other: KTable<K, R>,
    joiner: OneOrNamed<RowJoiner<K, V | null, R | null, VOut>, TableJoinOptions<K, VOut>>,
    options?: TableJoinOptions<K, VOut>,
  ): KTable<K, VOut> {
    const { join, rest } = named(joiner, options)
    return new KTable(outerJoinTables(this.handle, other.handle, join, rest))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<TableHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}

function isFunction<F extends (...values: never[]) => unknown>(value: F | object | undefined): value is F {
  return typeof value === 'function'
}
