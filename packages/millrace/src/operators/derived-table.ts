/**
 * The engine of `filter`, `mapValues` and `transformValues` on tables: a value computed from the parent's value of the same
 * key. Without a store the table is virtual: its getter computes from the parent's getter. With one, the store is read.
 *
 * Old values: with a store from there; else computed from the parent's old value, where the parent sends one. Asking for
 * them here never adds a store by itself: that is the source's to decide (`force`).
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetter, ValueGetterSupplier } from '../processor/value-getter.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { DerivedGetter } from './derived-getter.ts'
import { isMaterialized, type MaterializedOptions } from './materialized.ts'
import { tableStoreBuilder } from './materialized-stores.ts'
import type { NamedOptions } from './named-options.ts'
import { storeGetter, tableHandle } from './table-handle.ts'
import { type ChangeForwarder, TableStore } from './table-store.ts'

/** How the value is computed. One object a processor and one a getter, so that it may keep what `init` gives it. */
export interface ValueComputation<K, VIn, VOut> {
  init?(context: OperatorContext): void
  compute(key: K, value: VIn | null): VOut | null
  close?(): void
}

export interface DerivedTableSpec<K, VIn, VOut> {
  readonly prefix: string
  /** Kafka Streams takes a store's index for a nameless Materialized although it makes no store. */
  readonly burnsStoreIndex: boolean
  /** The serde of the values where the options give none. */
  readonly valueSerde: Serde<VOut> | undefined
  readonly computation: () => ValueComputation<K, VIn, VOut>
  /** Filters: an update from nothing to nothing is not forwarded, and old values are asked for at once where they are free. */
  readonly skipsNothingToNothing: boolean
  /** The computation wants to be called for missing values too, in a getter (transformValues). */
  readonly computesMissing: boolean
  /** Names of stores that the computation uses. */
  readonly connect?: readonly string[] | undefined
}

export interface DerivedTableOptions<K, V> extends MaterializedOptions<K, V>, NamedOptions {}

export function deriveTable<K, VIn, VOut>(
  table: TableHandle<K, VIn>,
  spec: DerivedTableSpec<K, VIn, VOut>,
  options: DerivedTableOptions<K, VOut>,
): TableHandle<K, VOut> {
  const { graph } = table
  const materialized = isMaterialized(options)
  const { store } = options
  if (materialized && store === undefined && spec.burnsStoreIndex) graph.newStoreName(spec.prefix)
  const name = graph.nameOr(options.name, spec.prefix)
  const keySerde = options.key ?? table.keySerde
  const valueSerde = options.value ?? spec.valueSerde
  const builder = store === undefined ? undefined : tableStoreBuilder(store, options, keySerde, valueSerde)
  let sendOldValues = spec.skipsNothingToNothing && table.enableSendingOldValues(false)
  const node: GraphNode = addProcessor<K, Change<VIn>, K, Change<VOut>>(graph, table.node, {
    name,
    facts: materialized ? { versioned: options.versioned !== undefined } : {},
    supplier: () =>
      new DerivedTableProcessor(spec.computation(), {
        store,
        sendOldValues,
        skipsNothingToNothing: spec.skipsNothingToNothing && node.decisions.versionedParents.size === 0,
      }),
    stores: () => (builder === undefined ? [] : [builder]),
    connect: () => spec.connect ?? [],
  })
  return tableHandle(
    { graph, node, keySerde, valueSerde, sourceNames: table.sourceNames, queryableStoreName: store },
    {
      getter: () => (store === undefined ? virtualGetter(table.getter(), spec) : storeGetter(store)),
      enableSendingOldValues(force) {
        if (store !== undefined || table.enableSendingOldValues(force)) sendOldValues = true
        return sendOldValues
      },
    },
  )
}

function virtualGetter<K, VIn, VOut>(
  parent: ValueGetterSupplier<K, VIn>,
  spec: DerivedTableSpec<K, VIn, VOut>,
): ValueGetterSupplier<K, VOut> {
  return {
    get: (): ValueGetter<K, VOut> => new DerivedGetter(parent.get(), spec.computation(), spec.computesMissing),
    storeNames: parent.storeNames,
  }
}

interface DerivedTableSettings {
  readonly store: string | undefined
  readonly sendOldValues: boolean
  readonly skipsNothingToNothing: boolean
}

class DerivedTableProcessor<K, VIn, VOut> implements Processor<K, Change<VIn>, K, Change<VOut>> {
  readonly #computation: ValueComputation<K, VIn, VOut>
  readonly #settings: DerivedTableSettings
  #context!: OperatorContext<K, Change<VOut>>
  #store: TableStore<K, VOut> | undefined
  #forwarder!: ChangeForwarder<K, VOut>

  constructor(computation: ValueComputation<K, VIn, VOut>, settings: DerivedTableSettings) {
    this.#computation = computation
    this.#settings = settings
  }

  init(context: ProcessorContext<K, Change<VOut>>): void {
    const operator = context as OperatorContext<K, Change<VOut>>
    this.#context = operator
    this.#computation.init?.(operator as OperatorContext)
    const { store, sendOldValues } = this.#settings
    if (store === undefined) return
    this.#store = new TableStore(operator as OperatorContext, store)
    this.#forwarder = this.#store.forwarder(operator, sendOldValues)
  }

  process(record: StreamRecord<K, Change<VIn>>): void {
    const { key, value: change, timestamp } = record
    const store = this.#store
    const newValue = this.#computation.compute(key, change.newValue)
    let oldValue: VOut | null = null
    if (this.#settings.sendOldValues) {
      oldValue = store === undefined ? this.#computation.compute(key, change.oldValue) : store.value(key)
      if (oldValue === null && newValue === null && this.#settings.skipsNothingToNothing) return
    }
    if (store === undefined) {
      this.#context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
      return
    }
    const put = store.put(key, newValue, timestamp)
    if (put !== 'not-put') this.#forwarder.forward(record, newValue, oldValue, put === 'latest')
  }

  close(): void {
    this.#computation.close?.()
  }
}
