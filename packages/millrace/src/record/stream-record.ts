/**
 * The record that flows between processors: key, value, event time in ms, headers.
 *
 * Key, value and timestamp never change; `with…` gives a new record whose headers are a copy, so that siblings do not see
 * each other's. Headers are made only when somebody looks, since most records have none and this is the hot path.
 */

import { Headers } from './headers.ts'

export class StreamRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  #headers: Headers | undefined

  constructor(key: K, value: V, timestamp: number, headers?: Headers) {
    this.key = key
    this.value = value
    this.timestamp = timestamp
    this.#headers = headers
  }

  /** This record's own headers: adding to them is seen by whoever holds this record. */
  get headers(): Headers {
    if (this.#headers === undefined) this.#headers = new Headers()
    return this.#headers
  }

  /** The headers if there are any, without making an empty list. */
  get headersIfAny(): Headers | undefined {
    return this.#headers === undefined || this.#headers.size === 0 ? undefined : this.#headers
  }

  withKey<K2>(key: K2): StreamRecord<K2, V> {
    return new StreamRecord(key, this.value, this.timestamp, this.headersIfAny?.copy())
  }

  withValue<V2>(value: V2): StreamRecord<K, V2> {
    return new StreamRecord(this.key, value, this.timestamp, this.headersIfAny?.copy())
  }

  withKeyValue<K2, V2>(key: K2, value: V2): StreamRecord<K2, V2> {
    return new StreamRecord(key, value, this.timestamp, this.headersIfAny?.copy())
  }

  withTimestamp(timestamp: number): StreamRecord<K, V> {
    return new StreamRecord(this.key, this.value, timestamp, this.headersIfAny?.copy())
  }

  withHeaders(headers: Headers | undefined): StreamRecord<K, V> {
    return new StreamRecord(this.key, this.value, this.timestamp, headers?.copy())
  }
}
