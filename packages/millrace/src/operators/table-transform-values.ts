/**
 * `transformValues` on tables
 *
 * Meaning: `mapValues` by an object that lives with the task and may use stores; keys stay, so no repartition is needed.
 *
 * Nulls: the transformer *is* called for missing values, so it can make a row of a deleted one; null (or undefined)
 * deletes. Without a store for the result it is called again whenever a join reads the table, by an object of its own and
 * with no record in its context: then it should not have effects.
 *
 * Late and out-of-order: passed on as they come. Every update is forwarded.
 *
 * Timestamp: the update's.
 */

import type { TableHandle } from '../plan/handles.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { type DerivedTableOptions, deriveTable, type ValueComputation } from './derived-table.ts'

/** What a transformer is given: everything a processor has, save forwarding. */
export type ValueTransformerContext = Omit<ProcessorContext, 'forward'>

export interface ValueTransformer<K, V, VOut> {
  init?(context: ValueTransformerContext): void
  /** @param value null: the row is deleted, or not there */
  transform(value: V | null, key: K): VOut | null | undefined
  close?(): void
}

export interface TableTransformValuesOptions<K, V> extends DerivedTableOptions<K, V> {
  /** Names of stores, added with `addStateStore`, that the transformer uses. */
  readonly stores?: readonly string[] | undefined
}

/**
 * Replaces each row's value by what a transformer gives.
 *
 * @param supplier called once a task (and once for each join that reads the table); must give a new object each time
 * @example
 * users.transformValues(() => ({ transform: (user) => (user === null ? 'nobody' : user.name) }))
 */
export function tableTransformValues<K, V, VOut>(
  table: TableHandle<K, V>,
  supplier: () => ValueTransformer<K, V, VOut>,
  options: TableTransformValuesOptions<K, VOut> = {},
): TableHandle<K, VOut> {
  return deriveTable(
    table,
    {
      prefix: 'KTABLE-TRANSFORMVALUES-',
      burnsStoreIndex: false,
      valueSerde: undefined,
      computation: () => new TransformerComputation(supplier()),
      skipsNothingToNothing: false,
      computesMissing: true,
      connect: options.stores,
    },
    options,
  )
}

class TransformerComputation<K, V, VOut> implements ValueComputation<K, V, VOut> {
  readonly #transformer: ValueTransformer<K, V, VOut>

  constructor(transformer: ValueTransformer<K, V, VOut>) {
    this.#transformer = transformer
  }

  init(context: OperatorContext): void {
    this.#transformer.init?.(context)
  }

  compute(key: K, value: V | null): VOut | null {
    return this.#transformer.transform(value, key) ?? null
  }

  close(): void {
    this.#transformer.close?.()
  }
}
