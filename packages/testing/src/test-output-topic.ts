/**
 * A typed way out of a topology under test: reading takes, oldest first.
 */

import { type Headers, json, type Serde, string, type Topic } from 'millrace'
import type { ProducedRecord } from './capturing-collector.ts'
import type { TopologyTestDriver } from './topology-test-driver.ts'

export interface TestRecord<K, V> {
  readonly key: K | null
  readonly value: V | null
  readonly timestamp: number
  readonly headers: Headers
}

export class TestOutputTopic<K, V> {
  readonly #driver: TopologyTestDriver
  readonly #topic: Topic<K, V>

  constructor(driver: TopologyTestDriver, topic: Topic<K, V>) {
    this.#driver = driver
    this.#topic = topic
  }

  /** Everything produced and not yet read. */
  readRecords(): TestRecord<K, V>[] {
    return this.#driver.takeProduced(this.#topic.name).map((record) => this.#decode(record))
  }

  /** The oldest record not yet read; undefined if there is none. */
  readRecord(): TestRecord<K, V> | undefined {
    const record = this.#driver.takeOne(this.#topic.name)
    return record === undefined ? undefined : this.#decode(record)
  }

  readKeyValues(): [K | null, V | null][] {
    return this.readRecords().map(({ key, value }) => [key, value])
  }

  readValues(): (V | null)[] {
    return this.readRecords().map(({ value }) => value)
  }

  /** The last value of each key, tombstones removing it: the table that the topic describes. */
  readKeyValuesToMap(): Map<K, V> {
    const table = new Map<K, V>()
    for (const { key, value } of this.readRecords()) {
      if (value === null) table.delete(key as K)
      else table.set(key as K, value)
    }
    return table
  }

  #decode(record: ProducedRecord): TestRecord<K, V> {
    const { name } = this.#topic
    const keySerde = this.#topic.key ?? (string() as unknown as Serde<K>)
    const valueSerde = this.#topic.value ?? (json() as Serde<V>)
    const decode = <T>(serde: Serde<T>, bytes: Uint8Array | null, isKey: boolean): T | null => {
      if (bytes === null) return null
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      return serde.decode(buffer, 0, buffer.length, { topic: name, isKey, headers: record.headers })
    }
    return {
      key: decode(keySerde, record.key, true),
      value: decode(valueSerde, record.value, false),
      timestamp: record.timestamp ?? this.#driver.clock.now(),
      headers: record.headers,
    }
  }
}
