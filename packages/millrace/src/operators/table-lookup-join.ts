/**
 * The engine of joins of a stream with a table or a global table: each stream record looks its row up as it passes.
 *
 * Only stream records give results; the table's updates do not. With a grace period (versioned tables) records wait in a
 * buffer until stream time has passed them by the grace, so that the table's history is complete for their time.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { ValueGetter } from '../processor/value-getter.ts'
import { StreamsError } from '../record/errors.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { Eviction, StreamBuffer } from '../state/time-ordered-buffer.ts'

/** Makes the result; `right` is null where a left join finds no row. */
export type LookupJoiner<K, V, VTable, VOut> = (left: V, right: VTable | null, key: K) => VOut | null | undefined

export interface LookupJoin<K, V, KTable, VTable, VOut> {
  readonly joiner: LookupJoiner<K, V, VTable, VOut>
  /** The key to look up; null: nothing to look up. */
  readonly keyOf: (value: V, key: K) => KTable | null | undefined
  readonly left: boolean
  /** Name of the grace period's buffer. */
  readonly buffer: string | undefined
}

export class LookupJoinProcessor<K, V, KTable, VTable, VOut> implements Processor<K, V, K, VOut | null> {
  readonly #join: LookupJoin<K, V, KTable, VTable, VOut>
  readonly #table: ValueGetter<KTable, VTable>
  readonly #emit: (eviction: Eviction<K, V>) => void
  #context!: OperatorContext<K, VOut | null>
  #buffer: StreamBuffer<K, V> | undefined

  constructor(join: LookupJoin<K, V, KTable, VTable, VOut>, table: ValueGetter<KTable, VTable>) {
    this.#join = join
    this.#table = table
    this.#emit = (eviction) => this.#emitBuffered(eviction)
  }

  init(context: ProcessorContext<K, VOut | null>): void {
    this.#context = context as OperatorContext<K, VOut | null>
    this.#table.init(context as OperatorContext)
    const { buffer } = this.#join
    if (buffer !== undefined) this.#buffer = this.#context.store(buffer)
  }

  process(record: StreamRecord<K, V>): void {
    const { key, value } = record
    const tableKey = value === null ? null : (this.#join.keyOf(value, key) ?? null)
    if (value === null || (tableKey === null && !this.#join.left)) {
      this.#context.dropped(value === null ? 'null-value' : 'null-key')
      return
    }
    const buffer = this.#buffer
    if (buffer === undefined) this.#lookUp(record, tableKey)
    else if (key === null) throw nullKeyBuffered(this.#context)
    else if (buffer.put(key, value, this.#context.recordContext)) buffer.evictWhile(always, this.#emit)
    else this.#lookUp(record, tableKey)
  }

  #lookUp(record: StreamRecord<K, V>, tableKey: KTable | null): void {
    const { key, value, timestamp } = record
    let row: VTable | null = null
    if (tableKey !== null) {
      const table = this.#table
      const found = table.isVersioned ? table.getAsOf?.(tableKey, timestamp) : table.get(tableKey)
      row = found?.value ?? null
    }
    if (row === null && !this.#join.left) return
    this.#context.forward(record.withValue(this.#join.joiner(value, row, key) ?? null))
  }

  /** Joins a record that waited, under the context it came with. */
  #emitBuffered(eviction: Eviction<K, V>): void {
    const { key, value, context: own } = eviction
    const context = this.#context.recordContext
    const { topic, partition, offset, timestamp, headers } = context
    context.topic = own.topic
    context.partition = own.partition
    context.offset = own.offset
    context.timestamp = own.timestamp
    context.headers = own.headers
    try {
      const record = new StreamRecord(key, value, own.timestamp, own.headers)
      this.#lookUp(record, this.#join.keyOf(value, key) ?? null)
    } finally {
      context.topic = topic
      context.partition = partition
      context.offset = offset
      context.timestamp = timestamp
      context.headers = headers
    }
  }
}

const always = (): boolean => true

/** Kafka Streams fails here too: only a left join lets a null key come this far, and the buffer cannot hold it. */
function nullKeyBuffered(context: OperatorContext): StreamsError {
  const { topic, partition, offset } = context.recordContext
  return new StreamsError(
    'MILLRACE_NULL_KEY',
    `${context.nodeName}: the record at ${topic}-${partition}@${offset} has no key, and a join with grace cannot buffer it. ` +
      'Filter records without a key before the join, or join without grace.',
    { coordinates: { topic: topic ?? undefined, partition, offset, operator: context.nodeName } },
  )
}
