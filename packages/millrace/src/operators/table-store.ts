/**
 * A table's store as table operators use it, whichever of the two it is: timestamped, or versioned. What both have in
 * common is a value with its time, and a put that says whether the update is the latest.
 *
 * With a record cache the store forwards by itself when it writes back; without one the caller does, through `forward`, so
 * that no operator asks which it is.
 */

import { Change } from '../processor/change.ts'
import type { OperatorContext } from '../processor/processor-context.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { StateStore } from '../state/state-store.ts'
import type {
  TimestampedKeyValueStore,
  ValueAndTimestamp,
  VersionedKeyValueStore,
  VersionedRecord,
} from '../state/stores.ts'

/** What became of a put: stored as the newest version, as an older one, or not at all (out of the history). */
export type PutResult = 'latest' | 'older' | 'not-put'

export class TableStore<K, V> {
  readonly #timestamped: TimestampedKeyValueStore<K, V> | undefined
  readonly #versioned: VersionedKeyValueStore<K, V> | undefined

  constructor(context: OperatorContext, name: string) {
    const store = context.store(name)
    if (isVersionedStore(store)) this.#versioned = store as VersionedKeyValueStore<K, V>
    else this.#timestamped = store as TimestampedKeyValueStore<K, V>
  }

  get isVersioned(): boolean {
    return this.#versioned !== undefined
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.#timestamped === undefined ? this.#versionedStore.get(key) : this.#timestamped.get(key)
  }

  /** The value without its time. */
  value(key: K): V | null {
    return this.get(key)?.value ?? null
  }

  getAsOf(key: K, asOf: number): VersionedRecord<V> | null {
    return this.#versionedStore.get(key, asOf)
  }

  put(key: K, value: V | null, timestamp: number): PutResult {
    if (this.#timestamped !== undefined) {
      this.#timestamped.put(key, value === null ? null : { value, timestamp })
      return 'latest'
    }
    const store = this.#versionedStore
    const validTo = store.put(key, value, timestamp)
    if (validTo === store.validToUndefined) return 'latest'
    return validTo === store.notPut ? 'not-put' : 'older'
  }

  /** Makes the record cache, if the store has one, forward to this node's children. */
  forwarder(context: OperatorContext<K, Change<V>>, sendOldValues: boolean): ChangeForwarder<K, V> {
    const cached =
      this.#timestamped?.setFlushListener((flush) => {
        const change = new Change(flush.newValue, sendOldValues ? flush.oldValue : null)
        context.forward(new StreamRecord(flush.key, change, flush.timestamp, context.recordContext.headers?.copy()))
      }, sendOldValues) ?? false
    return cached ? forwardsNothing : new DirectForwarder(context, sendOldValues)
  }

  get #versionedStore(): VersionedKeyValueStore<K, V> {
    return this.#versioned as VersionedKeyValueStore<K, V>
  }
}

/** Passes an update on, or leaves that to the record cache. */
export interface ChangeForwarder<K, V> {
  forward(record: StreamRecord<K, unknown>, newValue: V | null, oldValue: V | null, isLatest: boolean): void
}

const forwardsNothing: ChangeForwarder<unknown, unknown> = { forward: () => {} }

class DirectForwarder<K, V> implements ChangeForwarder<K, V> {
  readonly #context: OperatorContext<K, Change<V>>
  readonly #sendOldValues: boolean

  constructor(context: OperatorContext<K, Change<V>>, sendOldValues: boolean) {
    this.#context = context
    this.#sendOldValues = sendOldValues
  }

  forward(record: StreamRecord<K, unknown>, newValue: V | null, oldValue: V | null, isLatest: boolean): void {
    this.#context.forward(record.withValue(new Change(newValue, this.#sendOldValues ? oldValue : null, isLatest)))
  }
}

function isVersionedStore(store: StateStore): boolean {
  return 'validToUndefined' in store
}
