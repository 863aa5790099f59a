/**
 * Reads a virtual table: the parent's value, and what the operator computes from it. Time and validity are the parent's.
 *
 * A computation that is called for missing values too (transformValues) sees no record while a getter calls it: the record
 * in process is another one, so its context is hidden and put back.
 */

import type { OperatorContext } from '../processor/processor-context.ts'
import type { ValueGetter } from '../processor/value-getter.ts'
import type { ValueAndTimestamp, VersionedRecord } from '../state/stores.ts'
import type { ValueComputation } from './derived-table.ts'

/** The time of a value that is not there. */
const UNKNOWN = -1

export class DerivedGetter<K, VIn, VOut> implements ValueGetter<K, VOut> {
  readonly #parent: ValueGetter<K, VIn>
  readonly #computation: ValueComputation<K, VIn, VOut>
  readonly #computesMissing: boolean
  #context!: OperatorContext

  constructor(parent: ValueGetter<K, VIn>, computation: ValueComputation<K, VIn, VOut>, computesMissing: boolean) {
    this.#parent = parent
    this.#computation = computation
    this.#computesMissing = computesMissing
  }

  init(context: OperatorContext): void {
    this.#context = context
    this.#parent.init(context)
    this.#computation.init?.(context)
  }

  get isVersioned(): boolean {
    return this.#parent.isVersioned
  }

  get(key: K): ValueAndTimestamp<VOut> | null {
    const found = this.#parent.get(key)
    const value = this.#compute(key, found)
    return value === null ? null : { value, timestamp: found?.timestamp ?? UNKNOWN }
  }

  getAsOf(key: K, asOf: number): VersionedRecord<VOut> | null {
    const found = this.#parent.getAsOf?.(key, asOf) ?? null
    const value = this.#compute(key, found)
    return value === null ? null : { value, timestamp: found?.timestamp ?? UNKNOWN, validTo: found?.validTo }
  }

  #compute(key: K, found: ValueAndTimestamp<VIn> | null): VOut | null {
    if (!this.#computesMissing) return found === null ? null : this.#computation.compute(key, found.value)
    const context = this.#context.recordContext
    const { topic, partition, offset, timestamp, headers } = context
    context.topic = null
    context.partition = -1
    context.offset = -1
    context.timestamp = found?.timestamp ?? UNKNOWN
    context.headers = undefined
    try {
      return this.#computation.compute(key, found?.value ?? null)
    } finally {
      context.topic = topic
      context.partition = partition
      context.offset = offset
      context.timestamp = timestamp
      context.headers = headers
    }
  }
}
