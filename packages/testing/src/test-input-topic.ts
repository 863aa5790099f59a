/**
 * A typed way into a topology under test.
 */

import { Headers, json, type Serde, string, type Topic } from 'millrace'
import type { TopologyTestDriver } from './topology-test-driver.ts'

export interface TestInputOptions {
  /** Event time, ms. Default: the topic's own running time. */
  readonly timestamp?: number
  readonly headers?: Headers
}

export class TestInputTopic<K, V> {
  readonly #driver: TopologyTestDriver
  readonly #topic: Topic<K, V>
  readonly #autoAdvanceMs: number
  #timeMs: number

  /** @param options `startTimeMs` (default 0) and `autoAdvanceMs` (default 0): time of records piped without one. */
  constructor(
    driver: TopologyTestDriver,
    topic: Topic<K, V>,
    options: { startTimeMs?: number; autoAdvanceMs?: number } = {},
  ) {
    this.#driver = driver
    this.#topic = topic
    this.#timeMs = options.startTimeMs ?? 0
    this.#autoAdvanceMs = options.autoAdvanceMs ?? 0
  }

  /** Pipes one record and runs the topology until nothing is left to do. A null value is a tombstone. */
  pipe(key: K | null, value: V | null, options: TestInputOptions = {}): void {
    let timestamp = options.timestamp
    if (timestamp === undefined) {
      timestamp = this.#timeMs
      this.#timeMs += this.#autoAdvanceMs
    }
    const { name } = this.#topic
    const headers = options.headers ?? new Headers()
    const keySerde = this.#topic.key ?? (string() as unknown as Serde<K>)
    const valueSerde = this.#topic.value ?? (json() as Serde<V>)
    this.#driver.pipeRaw(name, {
      key: key === null ? null : keySerde.encode(key, { topic: name, isKey: true, headers }),
      value: value === null ? null : valueSerde.encode(value, { topic: name, isKey: false, headers }),
      timestamp,
      headers,
    })
  }

  /** Moves the running time of records piped without one. */
  advanceTime(ms: number): void {
    this.#timeMs += ms
  }
}
