/**
 * The buffer of `suppress`: the last change of each key, in the order of buffer time, then key bytes. It lives in memory;
 * its changelog, written once a commit for each key that changed, brings it back (reference 2.7).
 *
 * Kafka Streams' InMemoryTimeOrderedKeyValueChangeBuffer: the same sizes, order of changelog records and evictions.
 */

import type { ColumnBatch } from '../record/column-batch.ts'
import { Headers } from '../record/headers.ts'
import { headersOf } from '../record/row-headers.ts'
import type { Serde } from '../record/serde.ts'
import { type BufferValue, bufferValueBytes, decodeBufferRecord, encodeBufferValue } from './buffer-value.ts'
import { int64String } from './byte-string.ts'
import { changelogDefaults, type LoggingOptions, loggingOf } from './changelog-config.ts'
import { JavaHashSet } from './java-hash-set.ts'
import { KeyIndex } from './key-index.ts'
import { LayeredStore } from './layered-store.ts'
import type { RecordContext, StoreBuilder } from './state-store.ts'
import { asBuffer } from './stored-format.ts'
import {
  type BufferedChange,
  type ChangeBuffer,
  copyContext,
  type Eviction,
  type PriorValue,
} from './time-ordered-buffer.ts'

export interface ChangeBufferOptions<K, V> extends LoggingOptions {
  readonly name: string
  readonly keySerde?: Serde<K> | undefined
  readonly valueSerde?: Serde<V> | undefined
}

/** The buffer of `suppress`. */
export function changeBuffer<K = string, V = unknown>(
  options: ChangeBufferOptions<K, V>,
): StoreBuilder<ChangeBuffer<K, V>> {
  return Object.freeze({
    name: options.name,
    persistent: false,
    caching: false,
    ...loggingOf(options),
    changelogConfig: () => changelogDefaults('compact', undefined, 0, options.loggingConfig),
    build: () => new MemoryChangeBuffer<K, V>(options),
  })
}

interface Held {
  readonly time: number
  readonly value: BufferValue
}

const VERSION = new Headers([{ key: 'v', value: Buffer.from([3]) }])

class MemoryChangeBuffer<K, V> extends LayeredStore<K, V, K, V> implements ChangeBuffer<K, V> {
  readonly #held = new Map<string, Held>()
  /** Time and key: the order of eviction. */
  readonly #order: KeyIndex = new KeyIndex(() => [...this.#held].map(([key, { time }]) => int64String(time) + key))
  readonly #dirty = new JavaHashSet()
  /** What was held at the last commit under keys that changed since. */
  readonly #before = new Map<string, Held | undefined>()
  #bytes = 0
  #minTimestamp = Number.POSITIVE_INFINITY
  #committed: number | undefined

  constructor(options: ChangeBufferOptions<K, V>) {
    super({
      name: options.name,
      persistent: false,
      caching: false,
      timestamped: false,
      ordered: false,
      keySerde: options.keySerde as Serde<unknown> | undefined,
      valueSerde: options.valueSerde as Serde<unknown> | undefined,
    })
  }

  get records(): number {
    return this.#held.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get minTimestamp(): number {
    return this.#minTimestamp
  }

  put(time: number, key: K, change: BufferedChange<V>, context: Readonly<RecordContext>): void {
    const at = this.encodeKey(key)
    const old = change.oldValue === null ? null : this.format.encode(change.oldValue)
    const newValue = change.newValue === null ? null : this.format.encode(change.newValue)
    const held = this.#held.get(at)
    const prior = held === undefined ? old : held.value.prior
    this.#set(at, held?.time ?? time, { prior, old, new: newValue, context: copyContext(context) })
    if (this.logs) this.#dirty.add(at)
  }

  priorValueForBuffered(key: K): PriorValue<V> {
    const held = this.#held.get(this.encodeKey(key))
    if (held === undefined) return { defined: false, value: null }
    return { defined: true, value: this.#decoded(held.value.prior) }
  }

  evictWhile(predicate: () => boolean, evict: (eviction: Eviction<K, BufferedChange<V>>) => void): void {
    while (this.#held.size > 0 && predicate()) {
      const key = this.#first().slice(8)
      const { value } = this.#held.get(key) as Held
      evict({
        key: this.decodeKey(key),
        value: { newValue: this.#decoded(value.new), oldValue: this.#decoded(value.old) },
        context: value.context,
      })
      this.#remove(key)
      if (this.logs) this.#dirty.add(key)
    }
  }

  /** Logs what changed since the last time: before the commit, together with the record caches. */
  override flushCache(): void {
    for (const key of this.#dirty.keys()) {
      const held = this.#held.get(key)
      if (held === undefined) this.logBytes(key, null, undefined)
      else this.logBytes(key, encodeBufferValue(held.value, held.time), undefined, VERSION)
    }
    this.#dirty.clear()
  }

  override commit(changelogOffset: number | undefined): void {
    this.#before.clear()
    this.#committed = changelogOffset ?? this.#committed
  }

  override rollback(): void {
    const before = [...this.#before]
    for (const [key, held] of before) {
      if (this.#held.has(key)) this.#remove(key)
      if (held !== undefined) this.#set(key, held.time, held.value)
    }
    this.#before.clear()
    this.#dirty.clear()
  }

  override committedOffset(): number | undefined {
    return this.#committed
  }

  protected override restoreRow(
    key: string,
    value: Uint8Array | null,
    timestamp: number,
    batch: ColumnBatch,
    row: number,
  ): void {
    const held = this.#held.get(key)
    if (value === null) {
      if (held !== undefined) this.#remove(key)
      return
    }
    const headers = headersOf(batch, row)
    const version = headers?.last('v')?.value?.[0] ?? 0
    const context = { topic: this.name, partition: -1, offset: batch.offsets[row], timestamp, headers }
    const record = decodeBufferRecord(value, version, held?.value.prior, context)
    this.#set(key, held?.time ?? record.bufferTime, record.value)
  }

  protected override flushedKey(key: string): K {
    return this.decodeKey(key)
  }

  #decoded(bytes: Uint8Array | null): V | null {
    return bytes === null ? null : this.decode(asBuffer(bytes))
  }

  #set(key: string, time: number, value: BufferValue): void {
    const held = this.#held.get(key)
    this.#remember(key, held)
    if (held === undefined) {
      this.#order.added(int64String(time) + key)
      this.#bytes += 8 + key.length
      if (time < this.#minTimestamp) this.#minTimestamp = time
    } else this.#bytes -= bufferValueBytes(held.value)
    this.#bytes += bufferValueBytes(value)
    this.#held.set(key, { time, value })
  }

  #remove(key: string): void {
    const held = this.#held.get(key) as Held
    this.#remember(key, held)
    this.#held.delete(key)
    this.#order.removed(int64String(held.time) + key)
    this.#bytes -= 8 + key.length + bufferValueBytes(held.value)
    if (held.time === this.#minTimestamp) {
      this.#minTimestamp =
        this.#held.size === 0 ? Number.POSITIVE_INFINITY : (this.#held.get(this.#first().slice(8)) as Held).time
    }
  }

  #remember(key: string, held: Held | undefined): void {
    if (!this.#before.has(key)) this.#before.set(key, held)
  }

  #first(): string {
    return this.#order.first() as string
  }
}
