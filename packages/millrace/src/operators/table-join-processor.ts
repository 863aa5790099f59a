/**
 * The engine of table–table joins on the key: one side of inner, left and outer joins. Each update is joined with the other
 * table's row as it is now.
 *
 * Two facts tell the kinds apart: whether a result needs the other side's row, and whether it needs this side's. Where
 * neither is needed, one of the two still is.
 */

import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetter } from '../processor/value-getter.ts'
import { StreamRecord } from '../record/stream-record.ts'

/** `own` and `other` in the order of this side, not of left and right. */
export type SideJoiner<VThis, VOther, VOut> = (own: VThis | null, other: VOther | null, key: never) => VOut | null

export interface TableJoinSide<VThis, VOther, VOut> {
  readonly join: SideJoiner<VThis, VOther, VOut>
  readonly needsOther: boolean
  readonly needsThis: boolean
  readonly sendOldValues: boolean
  /** This side is versioned: out-of-order updates are dropped. */
  readonly versioned: boolean
}

export class TableJoinProcessor<K, VThis, VOther, VOut> implements Processor<K, Change<VThis>, K, Change<VOut>> {
  readonly #side: TableJoinSide<VThis, VOther, VOut>
  readonly #others: ValueGetter<K, VOther>
  #context!: OperatorContext<K, Change<VOut>>

  constructor(side: TableJoinSide<VThis, VOther, VOut>, others: ValueGetter<K, VOther>) {
    this.#side = side
    this.#others = others
  }

  init(context: ProcessorContext<K, Change<VOut>>): void {
    this.#context = context as OperatorContext<K, Change<VOut>>
    this.#others.init(context as OperatorContext)
  }

  process(record: StreamRecord<K, Change<VThis>>): void {
    const { key, value: change } = record
    const side = this.#side
    if (key === null || (side.versioned && !change.isLatest)) {
      this.#context.dropped(key === null ? 'null-key' : 'out-of-order')
      return
    }
    const found = this.#others.get(key)
    let other: VOther | null = null
    let timestamp = record.timestamp
    if (found !== null) {
      other = found.value
      if (found.timestamp > timestamp) timestamp = found.timestamp
    } else if (side.needsOther || (change.newValue === null && change.oldValue === null)) return
    const newValue = this.#join(change.newValue, other, key)
    const oldValue = side.sendOldValues ? this.#join(change.oldValue, other, key) : null
    const joined = new Change(newValue, oldValue, change.isLatest)
    this.#context.forward(new StreamRecord(key, joined, timestamp, record.headersIfAny?.copy()))
  }

  #join(own: VThis | null, other: VOther | null, key: K): VOut | null {
    if (own === null && (other === null || this.#side.needsThis)) return null
    return this.#side.join(own, other, key as never)
  }
}
