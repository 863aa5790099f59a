/**
 * `KStream`: a stream of records, as the DSL shows it. Each method is one call of an operator; what it means, and what
 * happens to nulls, late records and timestamps, is said in the operator's file.
 */

import { filter, filterNot, type Predicate } from '../operators/filter.ts'
import { flatMap, flatMapValues, type FlatMapper, type FlatValueMapper } from '../operators/flat-map.ts'
import { type KeySelector, map, type PairMapper, selectKey } from '../operators/map.ts'
import { mapValues, type ValueMapper } from '../operators/map-values.ts'
import { merge } from '../operators/merge.ts'
import type { NamedOptions } from '../operators/named-options.ts'
import { type ForeachAction, foreach, peek } from '../operators/peek.ts'
import { type ProcessOptions, process } from '../operators/process.ts'
import { processValues } from '../operators/process-values.ts'
import { repartition, type RepartitionOptions } from '../operators/repartition.ts'
import { to, type ToOptions, type TopicChooser } from '../operators/to.ts'
import type { StreamHandle } from '../plan/handles.ts'
import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../processor/processor.ts'
import type { Topic } from '../record/topic.ts'

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
  merge(other: KStream<K, V>, options?: NamedOptions): KStream<K, V> {
    return new KStream(merge(this.handle, other.handle, options))
  }

  /** Sends the stream through a topic of its own, by its key. Drops records without a key. */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V> {
    return new KStream(repartition(this.handle, options))
  }

  /** Writes the stream to a topic, or to one chosen for each record; the topics must exist. */
  to(target: string | Topic<K, V> | TopicChooser<K, V>, options?: ToOptions<K, V>): void {
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
}
