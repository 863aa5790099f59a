/**
 * A typed handle on a Kafka topic: its name with the serdes of its keys and values. Types of a pipeline start here.
 */

import type { Serde } from './serde.ts'

export interface Topic<K, V> {
  readonly name: string
  readonly key: Serde<K> | undefined
  readonly value: Serde<V> | undefined
}

export interface TopicOptions<K, V> {
  /** Default: the app's `default.key.serde`, `string()`. */
  readonly key?: Serde<K>
  /** Default: the app's `default.value.serde`, `json()`. */
  readonly value?: Serde<V>
}

/**
 * Names a topic and types its records.
 *
 * @example
 * const flights = topic('flights', { key: string(), value: json<Flight>() })
 */
export function topic<K = string, V = unknown>(name: string, options: TopicOptions<K, V> = {}): Topic<K, V> {
  return Object.freeze({ name, key: options.key, value: options.value })
}
