/**
 * The Processor API: what operators are made of and what users plug in with `process`. Wholly synchronous (law 2).
 *
 * One processor object a task: its supplier is called once for each and must return a new object every time.
 */

import type { StreamRecord } from '../record/stream-record.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import type { FixedKeyProcessorContext, ProcessorContext } from './processor-context.ts'

export interface Processor<KIn, VIn, KOut = KIn, VOut = VIn> {
  init?(context: ProcessorContext<KOut, VOut>): void
  process(record: StreamRecord<KIn, VIn>): void
  close?(): void
}

/** A processor that cannot change the key, so that no repartition is needed after it. */
export interface FixedKeyProcessor<K, VIn, VOut = VIn> {
  init?(context: FixedKeyProcessorContext<K, VOut>): void
  process(record: StreamRecord<K, VIn>): void
  close?(): void
}

/** Makes processors, and may bring stores that are connected to them. */
export interface ProcessorSupplier<KIn, VIn, KOut = KIn, VOut = VIn> {
  (): Processor<KIn, VIn, KOut, VOut>
  readonly stores?: readonly StoreBuilder[]
}

export interface FixedKeyProcessorSupplier<K, VIn, VOut = VIn> {
  (): FixedKeyProcessor<K, VIn, VOut>
  readonly stores?: readonly StoreBuilder[]
}
