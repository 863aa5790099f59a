/**
 * The base of processors that forward: keeps the context. `copied` is for operators that pass a record on unchanged in a
 * record of its own, so that headers added below are not seen by the operator's siblings.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'

export abstract class ForwardingProcessor<KIn, VIn, KOut = KIn, VOut = VIn> implements Processor<KIn, VIn, KOut, VOut> {
  protected context!: OperatorContext<KOut, VOut>

  init(context: ProcessorContext<KOut, VOut>): void {
    this.context = context as OperatorContext<KOut, VOut>
  }

  abstract process(record: StreamRecord<KIn, VIn>): void
}

/** An equal record with its own headers. */
export function copied<K, V>(record: StreamRecord<K, V>): StreamRecord<K, V> {
  return record.withValue(record.value)
}
