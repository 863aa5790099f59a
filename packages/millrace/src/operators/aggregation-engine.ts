/**
 * What differs between aggregating plainly, by time windows, by sliding windows and by sessions: the store, the processor,
 * how the result is read and how its keys are written. Names, repartitions and old values are the same for all, and are in
 * `grouped-aggregation.ts` and `cogroup.ts`.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { ValueGetterSupplier } from '../processor/value-getter.ts'
import type { Serde } from '../record/serde.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import type { AggregateFunctions } from './aggregate-functions.ts'
import type { MaterializedOptions } from './materialized.ts'

export interface AggregationSettings<K, V, A> {
  readonly storeName: string
  readonly functions: AggregateFunctions<K, V, A>
  /** Something below asked for old values. */
  readonly sendOldValues: boolean
}

export interface AggregationEngine<K, KOut> {
  /** How long `suppress(untilWindowCloses)` waits after a window's end, ms; undefined: no windows. */
  readonly graceMs: number | undefined
  /** How the result's keys are written, given the serde of the group's keys. */
  keySerde(inner: Serde<K> | undefined): Serde<KOut> | undefined
  store<A>(
    name: string,
    options: MaterializedOptions<K, A>,
    key: Serde<K> | undefined,
    value: Serde<A> | undefined,
  ): StoreBuilder
  /** A new processor for one task. */
  processor<V, A>(settings: AggregationSettings<K, V, A>): Processor<K, V, KOut, Change<A>>
  getter<A>(storeName: string): ValueGetterSupplier<KOut, A>
}
