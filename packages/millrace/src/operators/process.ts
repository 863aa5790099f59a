/**
 * `process`
 *
 * Meaning: a processor of the user's own; it may change keys, keep state, schedule punctuations, forward what it likes. Keys
 * are assumed changed, so the next keyed operator repartitions; no serde is inherited.
 *
 * Nulls: the processor sees them.
 *
 * Late and out-of-order: the processor sees records as they come.
 *
 * Timestamp: what the processor forwards. The record is the one its siblings get: a header added to it is seen by later ones.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import type { NamedOptions } from './named-options.ts'

export interface ProcessOptions extends NamedOptions {
  /** Names of stores added to the builder that the processor uses. */
  readonly stores?: readonly string[]
}

/**
 * Runs every record through a processor of one's own.
 *
 * @throws TopologyError if the supplier gives the same processor twice
 * @example
 * builder.addStateStore(keyValueStore({ name: 'seen', valueSerde: long() }))
 * class Deduplicate implements Processor<string, Order> {
 *   #context!: ProcessorContext<string, Order>
 *   #seen!: KeyValueStore<string, number>
 *   init(context: ProcessorContext<string, Order>): void {
 *     this.#context = context
 *     this.#seen = context.store('seen')
 *   }
 *   process(record: StreamRecord<string, Order>): void {
 *     if (this.#seen.putIfAbsent(record.value.id, record.timestamp) === null) this.#context.forward(record)
 *   }
 * }
 * orders.process(() => new Deduplicate(), { stores: ['seen'] })
 */
export function process<K, V, KOut, VOut>(
  stream: StreamHandle<K, V>,
  supplier: ProcessorSupplier<K, V, KOut, VOut>,
  options: ProcessOptions = {},
): StreamHandle<KOut, VOut> {
  const name = stream.graph.nameOr(options.name, 'KSTREAM-PROCESSOR-', false)
  checkSupplier(stream, name, supplier)
  const node = addProcessor(stream.graph, stream.node, { name, supplier, connect: () => options.stores ?? [] })
  return streamBelow(stream, node, { keySerde: undefined, valueSerde: undefined, repartitionRequired: true })
}

/** A supplier that hands out one object would share it between tasks: a mistake to be listed by `build()`. */
export function checkSupplier(stream: StreamHandle<unknown, unknown>, name: string, supplier: () => object): void {
  const first = supplier()
  if (first !== supplier()) return
  stream.graph.mistakes.push(
    `${name}: the supplier must make a new processor at every call, but gave the same one twice.`,
  )
}
