/**
 * Where responses of a foreign-key join come back to the left side: joins the row with the answer, if the row still is what
 * it was when it asked. A stale answer is dropped (counted): another one is on its way.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetter } from '../processor/value-getter.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { ForeignKeyResponse } from './foreign-key-response.ts'
import { valueHash } from './foreign-key-send.ts'

export interface ForeignKeyResolver<K, V, VO, VOut> {
  readonly joiner: (left: V, right: VO | null, key: K) => VOut | null | undefined
  readonly left: boolean
  readonly valueSerde: Serde<V> | undefined
  /** The registration topic, as in sending. */
  readonly topic: string
}

export class ForeignKeyResolve<K, V, VO, VOut> implements Processor<K, ForeignKeyResponse<VO>, K, VOut | null> {
  readonly #resolver: ForeignKeyResolver<K, V, VO, VOut>
  readonly #rows: ValueGetter<K, V>
  #context!: OperatorContext<K, VOut | null>
  #hashOf!: (value: V) => Uint8Array

  constructor(resolver: ForeignKeyResolver<K, V, VO, VOut>, rows: ValueGetter<K, V>) {
    this.#resolver = resolver
    this.#rows = rows
  }

  init(context: ProcessorContext<K, VOut | null>): void {
    this.#context = context as OperatorContext<K, VOut | null>
    this.#rows.init(context as OperatorContext)
    this.#hashOf = valueHash(context as OperatorContext, this.#resolver.valueSerde, this.#resolver.topic)
  }

  process(record: StreamRecord<K, ForeignKeyResponse<VO>>): void {
    const { key, value: response } = record
    const row = this.#rows.get(key)
    if (!sameHash(response.hash, row === null ? null : this.#hashOf(row.value))) {
      this.#context.dropped('stale')
      return
    }
    const { left, joiner } = this.#resolver
    const joins = row !== null && (response.value !== null || left)
    this.#context.forward(record.withValue(joins ? (joiner(row.value, response.value, key) ?? null) : null))
  }
}

function sameHash(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}
