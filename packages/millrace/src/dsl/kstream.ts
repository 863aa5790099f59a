/**
 * `KStream`: a stream of records, as the DSL shows it. Each method is one call of an operator; what it means, and what
 * happens to nulls, late records and timestamps, is said in the operator's file.
 */

import { filter, filterNot, type Predicate } from '../operators/filter.ts'
import { type FlatMapper, type FlatValueMapper, flatMap, flatMapValues } from '../operators/flat-map.ts'
import { type GroupOptions, groupBy, groupByKey } from '../operators/group-stream.ts'
import { type KeySelector, map, type PairMapper, selectKey } from '../operators/map.ts'
import { mapValues, type ValueMapper } from '../operators/map-values.ts'
import { merge } from '../operators/merge.ts'
import type { NamedOptions } from '../operators/named-options.ts'
import { type ForeachAction, foreach, peek } from '../operators/peek.ts'
import { type ProcessOptions, process } from '../operators/process.ts'
import { processValues } from '../operators/process-values.ts'
import { type RepartitionOptions, repartition } from '../operators/repartition.ts'
import { split } from '../operators/split.ts'
import type { GlobalTableJoinOptions, GlobalTableLeftJoinOptions } from '../operators/stream-global-table-join.ts'
import { outerJoinStreams } from '../operators/stream-stream-join.ts'
import type { StreamTableJoinOptions } from '../operators/stream-table-join.ts'
import { type ToOptions, type TopicChooser, to, type WritableTopic } from '../operators/to.ts'
import { type ToTableOptions, toTable } from '../operators/to-table.ts'
import type { Operator, StreamHandle } from '../plan/handles.ts'
import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../processor/processor.ts'
import { BranchedKStream } from './branched-kstream.ts'
import type { GlobalKTable } from './global-ktable.ts'
import { KGroupedStream } from './kgrouped-stream.ts'
import { KTable } from './ktable.ts'
import {
  INNER,
  type Joinable,
  type JoinOfStreams,
  joinAny,
  LEFT,
  type OneOrNamed,
  type OuterPair,
  type Pair,
} from './stream-joins.ts'
import { type Facade, wrap } from './wrap.ts'

export class KStream<K, V> {
  /** What operators work on. */
  readonly handle: StreamHandle<K, V>

  constructor(handle: StreamHandle<K, V>) {
    this.handle = handle
  }

  /** Keeps the records for which the predicate is true. */
  filter(predicate: Predicate<K, V>, options?: NamedOptions): KStream<K, V> {
    return new KStream(filter(this.handle, predicate, options))
  }

  /** Drops the records for which the predicate is true. */
  filterNot(predicate: Predicate<K, V>, options?: NamedOptions): KStream<K, V> {
    return new KStream(filterNot(this.handle, predicate, options))
  }

  /** A new key and value for each record: the mapper gives `[key, value]`. */
  map<KOut, VOut>(mapper: PairMapper<K, V, KOut, VOut>, options?: NamedOptions): KStream<KOut, VOut> {
    return new KStream(map(this.handle, mapper, options))
  }

  /** A new value for each record. Does not repartition. */
  mapValues<VOut>(mapper: ValueMapper<K, V, VOut | undefined>, options?: NamedOptions): KStream<K, VOut> {
    return new KStream(mapValues(this.handle, mapper, options))
  }

  /** Any number of `[key, value]` for each record. */
  flatMap<KOut, VOut>(mapper: FlatMapper<K, V, KOut, VOut>, options?: NamedOptions): KStream<KOut, VOut> {
    return new KStream(flatMap(this.handle, mapper, options))
  }

  /** Any number of values for each record, under its key. Does not repartition. */
  flatMapValues<VOut>(mapper: FlatValueMapper<K, V, VOut | undefined>, options?: NamedOptions): KStream<K, VOut> {
    return new KStream(flatMapValues(this.handle, mapper, options))
  }

  /** A new key for each record; the next operator that needs the key repartitions. */
  selectKey<KOut>(selector: KeySelector<K, V, KOut | undefined>, options?: NamedOptions): KStream<KOut, V> {
    return new KStream(selectKey(this.handle, selector, options))
  }

  /** Calls the action for each record and passes it on. */
  peek(action: ForeachAction<K, V>, options?: NamedOptions): KStream<K, V> {
    return new KStream(peek(this.handle, action, options))
  }

  /** Calls the action for each record; nothing goes on. */
  foreach(action: ForeachAction<K, V>, options?: NamedOptions): void {
    foreach(this.handle, action, options)
  }

  /** The records of both streams, in no promised order between them. */
  merge<V2>(other: KStream<K, V2>, options?: NamedOptions): KStream<K, V | V2> {
    return new KStream(merge(this.handle, other.handle, options))
  }

  /** Sends the stream through a topic of its own, by its key. Drops records without a key. */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V> {
    return new KStream(repartition(this.handle, options))
  }

  /** Writes the stream to a topic, or to one chosen for each record; the topics must exist. */
  to(target: string | WritableTopic<K, V> | TopicChooser<K, V>, options?: ToOptions<K, V>): void {
    to(this.handle, target, options)
  }

  /** Runs each record through a processor of your own. */
  process<KOut, VOut>(supplier: ProcessorSupplier<K, V, KOut, VOut>, options?: ProcessOptions): KStream<KOut, VOut> {
    return new KStream(process(this.handle, supplier, options))
  }

  /** Runs each record through a processor of your own that keeps the key. */
  processValues<VOut>(supplier: FixedKeyProcessorSupplier<K, V, VOut>, options?: ProcessOptions): KStream<K, VOut> {
    return new KStream(processValues(this.handle, supplier, options))
  }

  /**
   * Divides the stream: each record goes to the first branch whose predicate is true.
   *
   * @example
   * const { late, punctual } = flights
   *   .split({ name: 'delay-' })
   *   .branch((flight) => flight.delay > 15, { name: 'late' })
   *   .defaultBranch({ name: 'punctual' })
   */
  split(options?: NamedOptions): BranchedKStream<K, V> {
    return new BranchedKStream(split(this.handle, options))
  }

  /** The stream's records as updates of a table. A null key is dropped, a null value deletes. */
  toTable(options?: ToTableOptions<K, NonNullable<V>>): KTable<K, NonNullable<V>> {
    return new KTable(toTable(this.handle, options))
  }

  /** Groups by the key the records have. */
  groupByKey(options?: GroupOptions<K, V>): KGroupedStream<K, V> {
    return new KGroupedStream(groupByKey(this.handle, options))
  }

  /** Groups by a new key; null or undefined drops the record. Repartitions. */
  groupBy<KOut>(
    selector: KeySelector<K, V, KOut | null | undefined>,
    options?: GroupOptions<KOut, V>,
  ): KGroupedStream<KOut, V> {
    return new KGroupedStream(groupBy(this.handle, selector, options))
  }

  /**
   * Joins with a stream, within a window of time; with a table, each record with its key's row as it is now; with a global
   * table, under any key.
   *
   * @example
   * clicks.join(views, { join: (click, view) => ({ ...click, ...view }), windows: joinWindows({ within: '10 min' }) })
   * orders.join(customers, (order, customer) => ({ ...order, name: customer.name }))
   * flights.join(airports, { key: (flight) => flight.origin, join: (flight, airport) => ({ ...flight, ...airport }) })
   */
  join<R, VOut>(other: KStream<K, R>, options: JoinOfStreams<K, V, R, Pair<K, V, R, VOut>>): KStream<K, VOut>
  join<R, VOut>(
    table: KTable<K, R>,
    joiner: OneOrNamed<Pair<K, V, R, VOut>, StreamTableJoinOptions<K, V>>,
    options?: StreamTableJoinOptions<K, V>,
  ): KStream<K, VOut>
  join<KR, R, VOut>(table: GlobalKTable<KR, R>, options: GlobalTableJoinOptions<K, V, KR, R, VOut>): KStream<K, VOut>
  join(other: Joinable, first: never, options?: object): KStream<K, unknown> {
    return new KStream(joinAny(INNER, this.handle, other, first, options))
  }

  /** As `join`, but every record of this stream comes out: without a partner, `right` is null. */
  leftJoin<R, VOut>(other: KStream<K, R>, options: JoinOfStreams<K, V, R, Pair<K, V, R | null, VOut>>): KStream<K, VOut>
  leftJoin<R, VOut>(
    table: KTable<K, R>,
    joiner: OneOrNamed<Pair<K, V, R | null, VOut>, StreamTableJoinOptions<K, V>>,
    options?: StreamTableJoinOptions<K, V>,
  ): KStream<K, VOut>
  leftJoin<KR, R, VOut>(
    table: GlobalKTable<KR, R>,
    options: GlobalTableLeftJoinOptions<K, V, KR, R, VOut>,
  ): KStream<K, VOut>
  leftJoin(other: Joinable, first: never, options?: object): KStream<K, unknown> {
    return new KStream(joinAny(LEFT, this.handle, other, first, options))
  }

  /** As `join` with a stream, but every record of both comes out: without a partner, the other side is null. */
  outerJoin<R, VOut>(
    other: KStream<K, R>,
    options: JoinOfStreams<K, V, R, OuterPair<K, V, R, VOut>>,
  ): KStream<K, VOut> {
    const { join, ...rest } = options
    return new KStream(outerJoinStreams(this.handle, other.handle, join, rest))
  }

  /** Adds an operator of your own, or of a package. */
  apply<Out>(operator: Operator<StreamHandle<K, V>, Out>): Facade<Out> {
    return wrap(operator(this.handle))
  }
}
