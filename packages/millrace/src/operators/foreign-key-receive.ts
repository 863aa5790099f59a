/**
 * Takes subscriptions in on the right side of a foreign-key join: keeps or forgets each, and passes it on to be answered.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { TimestampedKeyValueStore } from '../state/stores.ts'
import {
  DELETE_AND_PROPAGATE,
  DELETE_NO_PROPAGATE,
  PROPAGATE_NULL_IF_NO_ROW,
  type Subscription,
  subscriptionKey,
} from './foreign-key-subscription.ts'
import { copied } from './forwarding-processor.ts'

/** What both processors on the right side need to find subscriptions. */
export interface SubscriptionStoreAccess<KO> {
  readonly storeName: string
  readonly foreignKeySerde: Serde<KO> | undefined
  /** The registration topic; the foreign key's serde sees a pseudo-topic made of it. */
  readonly topic: string
}

/** How foreign keys are written in the subscription store. */
export function foreignKeyEncoder<KO>(
  context: OperatorContext,
  access: SubscriptionStoreAccess<KO>,
): (foreignKey: KO) => Uint8Array {
  const serde = access.foreignKeySerde ?? (context.defaultKeySerde as Serde<KO>)
  const serdeContext: SerdeContext = { topic: `${context.applicationId}-${access.topic}-fk`, isKey: true }
  return (foreignKey) => serde.encode(foreignKey, serdeContext)
}

export class ForeignKeyReceive<KO> implements Processor<KO | null, Subscription> {
  readonly #access: SubscriptionStoreAccess<KO>
  #context!: OperatorContext<KO | null, Subscription>
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>
  #encode!: (foreignKey: KO) => Uint8Array

  constructor(access: SubscriptionStoreAccess<KO>) {
    this.#access = access
  }

  init(context: ProcessorContext<KO | null, Subscription>): void {
    this.#context = context as OperatorContext<KO | null, Subscription>
    this.#store = context.store(this.#access.storeName)
    this.#encode = foreignKeyEncoder(context as OperatorContext, this.#access)
  }

  process(record: StreamRecord<KO | null, Subscription>): void {
    const { key, value: subscription, timestamp } = record
    const { instruction } = subscription
    if (key === null) {
      if (instruction !== PROPAGATE_NULL_IF_NO_ROW) {
        this.#context.dropped('null-key')
        return
      }
    } else {
      const forget = instruction === DELETE_AND_PROPAGATE || instruction === DELETE_NO_PROPAGATE
      const storeKey = subscriptionKey(this.#encode(key), subscription.primaryKey)
      this.#store.put(storeKey, forget ? null : { value: subscription, timestamp })
    }
    this.#context.forward(copied(record))
  }
}
