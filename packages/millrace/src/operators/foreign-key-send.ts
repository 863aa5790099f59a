/**
 * The left side of a foreign-key join: turns each change of a row into subscriptions to the row's foreign key.
 *
 * A changed foreign key ends the old subscription, which may live in another partition, and starts the new one. Inner joins
 * are answered only where that can change the result; left joins always, for they have a result in any case. A row's
 * deletion ends its subscription; in left joins a subscription to *no* key brings the answer back.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { murmur3 } from '../record/murmur3.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { StreamRecord } from '../record/stream-record.ts'
import {
  DELETE_AND_PROPAGATE,
  DELETE_NO_PROPAGATE,
  type Instruction,
  PROPAGATE_NULL_IF_NO_ROW,
  PROPAGATE_ONLY_IF_ROW,
  type Subscription,
} from './foreign-key-subscription.ts'

export interface ForeignKeySender<K, V, KO> {
  readonly foreignKey: (value: V, key: K) => KO | null | undefined
  readonly left: boolean
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  readonly foreignKeySerde: Serde<KO> | undefined
  /** The registration topic; serdes see pseudo-topics made of it. */
  readonly topic: string
  readonly versioned: boolean
}

export class ForeignKeySend<K, V, KO> implements Processor<K, Change<V>, KO | null, Subscription> {
  readonly #sender: ForeignKeySender<K, V, KO>
  #context!: OperatorContext<KO | null, Subscription>
  #keySerde!: Serde<K>
  #foreignKeySerde!: Serde<KO>
  #keyContext!: SerdeContext
  #foreignKeyContext!: SerdeContext
  #hashOf!: (value: V) => Uint8Array

  constructor(sender: ForeignKeySender<K, V, KO>) {
    this.#sender = sender
  }

  init(context: ProcessorContext<KO | null, Subscription>): void {
    const operator = context as OperatorContext<KO | null, Subscription>
    const { keySerde, valueSerde, foreignKeySerde, topic } = this.#sender
    const pseudo = `${operator.applicationId}-${topic}`
    this.#context = operator
    this.#keySerde = keySerde ?? (operator.defaultKeySerde as Serde<K>)
    this.#foreignKeySerde = foreignKeySerde ?? (operator.defaultKeySerde as Serde<KO>)
    this.#keyContext = { topic: `${pseudo}-pk`, isKey: true }
    this.#foreignKeyContext = { topic: `${pseudo}-fk`, isKey: true }
    this.#hashOf = valueHash(operator, valueSerde, topic)
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { oldValue, newValue, isLatest } = record.value
    if (this.#sender.versioned && !isLatest) this.#context.dropped('out-of-order')
    else if (this.#sender.left) this.#sendLeft(record, oldValue, newValue)
    else this.#sendInner(record, oldValue, newValue)
  }

  #sendLeft(record: StreamRecord<K, Change<V>>, oldValue: V | null, newValue: V | null): void {
    if (oldValue === null && newValue === null) return
    const oldKey = this.#foreignKeyOf(oldValue, record.key)
    const newKey = this.#foreignKeyOf(newValue, record.key)
    const hash = newValue === null ? null : this.#hashOf(newValue)
    if (oldKey !== null && this.#differ(oldKey, newKey)) this.#send(record, oldKey, DELETE_NO_PROPAGATE, hash)
    this.#send(record, newKey, PROPAGATE_NULL_IF_NO_ROW, hash)
  }

  #sendInner(record: StreamRecord<K, Change<V>>, oldValue: V | null, newValue: V | null): void {
    const oldKey = this.#foreignKeyOf(oldValue, record.key)
    const newKey = this.#foreignKeyOf(newValue, record.key)
    if (newValue !== null && newKey === null) this.#context.dropped('null-foreign-key')
    if (oldKey === null && newKey === null) return
    const hash = newValue === null ? null : this.#hashOf(newValue)
    if (newKey === null) this.#send(record, oldKey, DELETE_AND_PROPAGATE, hash)
    else if (oldKey !== null && this.#differ(oldKey, newKey)) {
      this.#send(record, oldKey, DELETE_NO_PROPAGATE, hash)
      this.#send(record, newKey, PROPAGATE_NULL_IF_NO_ROW, hash)
    } else this.#send(record, newKey, PROPAGATE_ONLY_IF_ROW, hash)
  }

  #foreignKeyOf(value: V | null, key: K): KO | null {
    return value === null ? null : (this.#sender.foreignKey(value, key) ?? null)
  }

  #differ(oldKey: KO, newKey: KO | null): boolean {
    if (newKey === null) return true
    if (newKey === oldKey) return false
    const serde = this.#foreignKeySerde
    return (
      Buffer.compare(serde.encode(oldKey, this.#foreignKeyContext), serde.encode(newKey, this.#foreignKeyContext)) !== 0
    )
  }

  #send(
    record: StreamRecord<K, Change<V>>,
    foreignKey: KO | null,
    instruction: Instruction,
    hash: Uint8Array | null,
  ): void {
    const { partition } = this.#context.recordContext
    const subscription: Subscription = {
      instruction,
      hash,
      primaryKey: this.#keySerde.encode(record.key, this.#keyContext),
      primaryPartition: partition < 0 ? this.#context.taskId.partition : partition,
    }
    this.#context.forward(new StreamRecord(foreignKey, subscription, record.timestamp, record.headersIfAny?.copy()))
  }
}

/** How the left side hashes a value, to send it and to know it again. */
export function valueHash<V>(
  context: OperatorContext,
  serde: Serde<V> | undefined,
  topic: string,
): (value: V) => Uint8Array {
  const chosen = serde ?? (context.defaultValueSerde as Serde<V>)
  const serdeContext = { topic: `${context.applicationId}-${topic}-vh`, isKey: false }
  const encoder = chosen.encoder?.(0)
  return (value) => murmur3(encoder?.write(value) ?? chosen.encode(value, serdeContext))
}
