/**
 * The right side of a foreign-key join: each change of a row is sent to all who subscribed to its key, in the order of
 * their serialised keys, with the row's own time.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { TimestampedKeyValueStore } from '../state/stores.ts'
import { foreignKeyEncoder, type SubscriptionStoreAccess } from './foreign-key-receive.ts'
import type { ForeignKeyResponse } from './foreign-key-response.ts'
import { type Subscription, subscriptionPrefix } from './foreign-key-subscription.ts'

export class ForeignKeyFanOut<KO, VO> implements Processor<KO, Change<VO>, Uint8Array, ForeignKeyResponse<VO>> {
  readonly #access: SubscriptionStoreAccess<KO>
  /** The right table is versioned: out-of-order updates are dropped. */
  readonly #versioned: boolean
  #context!: OperatorContext<Uint8Array, ForeignKeyResponse<VO>>
  #store!: TimestampedKeyValueStore<Uint8Array, Subscription>
  #encode!: (foreignKey: KO) => Uint8Array

  constructor(access: SubscriptionStoreAccess<KO>, versioned: boolean) {
    this.#access = access
    this.#versioned = versioned
  }

  init(context: ProcessorContext<Uint8Array, ForeignKeyResponse<VO>>): void {
    this.#context = context as OperatorContext<Uint8Array, ForeignKeyResponse<VO>>
    this.#store = context.store(this.#access.storeName)
    this.#encode = foreignKeyEncoder(context as OperatorContext, this.#access)
  }

  process(record: StreamRecord<KO, Change<VO>>): void {
    const { key, value: change, timestamp } = record
    if (key === null || (this.#versioned && !change.isLatest)) {
      this.#context.dropped(key === null ? 'null-key' : 'out-of-order')
      return
    }
    const prefix = subscriptionPrefix(this.#encode(key))
    for (const [storeKey, { value: subscription }] of this.#store.range(prefix, successor(prefix))) {
      if (!startsWith(storeKey, prefix)) continue
      const { hash, primaryKey, primaryPartition } = subscription
      const response = { hash, value: change.newValue, primaryPartition }
      this.#context.forward(new StreamRecord(primaryKey, response, timestamp, record.headersIfAny?.copy()))
    }
  }
}

/** The first key after all that begin with the prefix. Its first byte is a length's, so there always is one. */
function successor(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix)
  let at = next.length - 1
  while (next[at] === 0xff) next[at--] = 0
  next[at]++
  return next
}

function startsWith(key: Uint8Array, prefix: Buffer): boolean {
  return key.length >= prefix.length && prefix.compare(key, 0, prefix.length) === 0
}
