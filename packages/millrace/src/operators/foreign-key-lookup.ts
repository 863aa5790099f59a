/**
 * Answers a subscription that just came, with the right table's row as it is now. The answer has the later of both times.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetter } from '../processor/value-getter.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { ForeignKeyResponse } from './foreign-key-response.ts'
import {
  DELETE_AND_PROPAGATE,
  DELETE_NO_PROPAGATE,
  PROPAGATE_ONLY_IF_ROW,
  type Subscription,
} from './foreign-key-subscription.ts'

export class ForeignKeyLookup<KO, VO>
  implements Processor<KO | null, Subscription, Uint8Array, ForeignKeyResponse<VO>>
{
  readonly #rows: ValueGetter<KO, VO>
  #context!: OperatorContext<Uint8Array, ForeignKeyResponse<VO>>

  constructor(rows: ValueGetter<KO, VO>) {
    this.#rows = rows
  }

  init(context: ProcessorContext<Uint8Array, ForeignKeyResponse<VO>>): void {
    this.#context = context as OperatorContext<Uint8Array, ForeignKeyResponse<VO>>
    this.#rows.init(context as OperatorContext)
  }

  process(record: StreamRecord<KO | null, Subscription>): void {
    const { instruction, hash, primaryKey, primaryPartition } = record.value
    if (instruction === DELETE_NO_PROPAGATE) return
    const row = record.key === null ? null : this.#rows.get(record.key)
    if (instruction === PROPAGATE_ONLY_IF_ROW && row === null) return
    const value = instruction === DELETE_AND_PROPAGATE || row === null ? null : row.value
    const timestamp = row !== null && row.timestamp > record.timestamp ? row.timestamp : record.timestamp
    const response = { hash, value, primaryPartition }
    this.#context.forward(new StreamRecord(primaryKey, response, timestamp, record.headersIfAny?.copy()))
  }
}
