/**
 * `processValues`
 *
 * Meaning: a processor of the user's own that cannot change the key, so that nothing is repartitioned after it. The key serde
 * is inherited, the value's is not.
 *
 * Nulls: the processor sees them.
 *
 * Late and out-of-order: the processor sees records as they come.
 *
 * Timestamp: what the processor forwards. It is given a copy of the record: headers it adds are not seen by siblings.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type {
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
} from '../processor/processor.ts'
import type { FixedKeyProcessorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamsError } from '../record/errors.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { copied } from './forwarding-processor.ts'
import type { ProcessOptions } from './process.ts'
import { checkSupplier } from './process.ts'

/**
 * Runs every record through a processor that keeps the key.
 *
 * @throws TopologyError at `build()` if the supplier gives the same processor twice
 * @example
 * orders.processValues(() => {
 *   let context: FixedKeyProcessorContext<string, number>
 *   return {
 *     init: (given) => { context = given },
 *     process: (record) => context.forward(record.withValue(record.value.total)),
 *   }
 * })
 */
export function processValues<K, V, VOut>(
  stream: StreamHandle<K, V>,
  supplier: FixedKeyProcessorSupplier<K, V, VOut>,
  options: ProcessOptions = {},
): StreamHandle<K, VOut> {
  const name = stream.graph.nameOr(options.name, 'KSTREAM-PROCESSVALUES-', false)
  checkSupplier(stream, name, supplier)
  const fixed: ProcessorSupplier<K, V, K, VOut> = Object.assign(() => new KeepsKey(supplier()), {
    stores: supplier.stores ?? [],
  })
  const node = addProcessor(stream.graph, stream.node, {
    name,
    supplier: fixed,
    connect: () => options.stores ?? [],
  })
  return streamBelow(stream, node, { keySerde: stream.keySerde, valueSerde: undefined })
}

class KeepsKey<K, V, VOut> implements Processor<K, V, K, VOut> {
  readonly #inner: FixedKeyProcessor<K, V, VOut>
  #current: StreamRecord<K, V> | undefined

  constructor(inner: FixedKeyProcessor<K, V, VOut>) {
    this.#inner = inner
  }

  init(context: ProcessorContext<K, VOut>): void {
    const fixed: FixedKeyProcessorContext<K, VOut> = {
      applicationId: context.applicationId,
      taskId: context.taskId,
      nodeName: context.nodeName,
      store: (name) => context.store(name),
      schedule: (intervalMs, type, punctuate, options) => context.schedule(intervalMs, type, punctuate, options),
      commit: () => context.commit(),
      currentStreamTimeMs: () => context.currentStreamTimeMs(),
      currentSystemTimeMs: () => context.currentSystemTimeMs(),
      recordMetadata: () => context.recordMetadata(),
      forward: (record, childName) => {
        if (this.#current !== undefined && record.key !== this.#current.key) throw keyChanged(context.nodeName)
        context.forward(copied(record), childName)
      },
    }
    this.#inner.init?.(fixed)
  }

  process(record: StreamRecord<K, V>): void {
    const outer = this.#current
    this.#current = record
    try {
      this.#inner.process(copied(record))
    } finally {
      this.#current = outer
    }
  }

  close(): void {
    this.#inner.close?.()
  }
}

function keyChanged(operator: string): StreamsError {
  return new StreamsError(
    'MILLRACE_KEY_CHANGED',
    `${operator}: a processValues processor forwarded a record with another key; forward record.withValue(…), or use process.`,
    { coordinates: { operator } },
  )
}
