/**
 * The buffer of a stream–table join with grace: every record of the stream by time, until stream time − grace reaches it.
 * Store and changelog share the key `0x00 || timestamp || key || sequence` (reference 2.4); each put and eviction is logged.
 */

import { ByteReader } from '../record/byte-reader.ts'
import type { Serde } from '../record/serde.ts'
import { type BufferValue, bufferValueBytes, decodeBufferValue, encodeBufferValue } from './buffer-value.ts'
import { int32String, int64At, int64String, justAfter } from './byte-string.ts'
import { changelogDefaults, type LoggingOptions, loggingOf } from './changelog-config.ts'
import { LayeredStore } from './layered-store.ts'
import type { RecordContext, StoreBuilder } from './state-store.ts'
import { copyContext, type Eviction, type StreamBuffer } from './time-ordered-buffer.ts'

export interface StreamBufferOptions<K, V> extends LoggingOptions {
  readonly name: string
  readonly keySerde?: Serde<K> | undefined
  readonly valueSerde?: Serde<V> | undefined
  /** How far stream time must be past a record before it is let go, ms. */
  readonly graceMs: number
  /** The topic name that serdes are called with. Default: the changelog. */
  readonly serdeTopic?: string | undefined
}

/** The buffer of a stream–table join with grace. */
export function streamBuffer<K = string, V = unknown>(
  options: StreamBufferOptions<K, V>,
): StoreBuilder<StreamBuffer<K, V>> {
  return Object.freeze({
    name: options.name,
    persistent: true,
    caching: false,
    ...loggingOf(options),
    changelogConfig: () => changelogDefaults('compact', undefined, 0, options.loggingConfig),
    build: () => new LayeredStreamBuffer<K, V>(options),
  })
}

const TIME_FIRST = '\0'
/** Bytes before the key: prefix and timestamp. */
const KEY_AT = 9
const BUFFER_TIME = Buffer.alloc(8)

class LayeredStreamBuffer<K, V> extends LayeredStore<K, V, K, V> implements StreamBuffer<K, V> {
  readonly #graceMs: number
  #observed = -1
  #sequence = 0
  #records = 0
  #bytes = 0
  #minTimestamp = Number.POSITIVE_INFINITY

  constructor(options: StreamBufferOptions<K, V>) {
    super({
      name: options.name,
      persistent: true,
      caching: false,
      timestamped: false,
      ordered: true,
      keySerde: options.keySerde as Serde<unknown> | undefined,
      valueSerde: options.valueSerde as Serde<unknown> | undefined,
      serdeTopic: options.serdeTopic,
    })
    this.#graceMs = options.graceMs
  }

  override init(environment: Parameters<LayeredStore<K, V, K, V>['init']>[0]): void {
    super.init(environment)
    this.#recount()
  }

  get records(): number {
    return this.#records
  }

  get bytes(): number {
    return this.#bytes
  }

  get minTimestamp(): number {
    return this.#minTimestamp
  }

  put(key: K, value: V, context: Readonly<RecordContext>): boolean {
    const { timestamp } = context
    if (this.#observed - this.#graceMs > timestamp) return false
    this.#sequence = (this.#sequence + 1) & 0x7fffffff
    const at = TIME_FIRST + int64String(timestamp) + this.encodeKey(key) + int32String(this.#sequence)
    const buffered: BufferValue = {
      prior: null,
      old: null,
      new: this.format.encode(value),
      context: copyContext(context),
    }
    if (timestamp > this.#observed) this.#observed = timestamp
    const stored = encodeBufferValue(buffered, undefined)
    this.overlay.put(at, stored)
    if (this.logs) this.logBytes(at, Buffer.concat([stored, BUFFER_TIME]), undefined)
    this.#count(at, buffered)
    return true
  }

  evictWhile(predicate: () => boolean, evict: (eviction: Eviction<K, V>) => void): void {
    const last = this.#observed - this.#graceMs
    if (last < 0 || this.#minTimestamp > last || !predicate()) return
    const end = TIME_FIRST + int64String(last + 1)
    for (const [at, stored] of this.overlay.range(TIME_FIRST, end, false)) {
      if (!predicate()) break
      const value = decodeBufferValue(new ByteReader(stored))
      evict({
        key: this.decodeKey(at.slice(KEY_AT, -4)),
        value: this.decode(value.new as Uint8Array),
        context: value.context,
      })
      this.overlay.put(at, null)
      this.logBytes(at, null, undefined)
      this.#records--
      this.#bytes -= at.length + bufferValueBytes(value)
    }
    this.#findMinimum()
  }

  override rollback(): void {
    super.rollback()
    this.#recount()
  }

  protected override restoreRow(key: string, value: Uint8Array | null): void {
    if (!key.startsWith(TIME_FIRST)) return
    if (value === null) {
      const before = this.overlay.get(key)
      if (before === undefined) return
      this.#records--
      this.#bytes -= key.length + bufferValueBytes(decodeBufferValue(new ByteReader(before)))
      this.overlay.put(key, null)
      this.#findMinimum()
      return
    }
    const stored = Buffer.from(value.subarray(0, value.length - 8))
    if (this.overlay.get(key) === undefined) this.#count(key, decodeBufferValue(new ByteReader(stored)))
    this.overlay.put(key, stored)
    this.#observed = Math.max(this.#observed, timeOf(key))
  }

  protected override flushedKey(key: string): K {
    return this.decodeKey(key.slice(KEY_AT, -4))
  }

  #count(key: string, value: BufferValue): void {
    this.#records++
    this.#bytes += key.length + bufferValueBytes(value)
    this.#minTimestamp = Math.min(this.#minTimestamp, timeOf(key))
  }

  #recount(): void {
    this.#records = 0
    this.#bytes = 0
    this.#minTimestamp = Number.POSITIVE_INFINITY
    for (const [key, stored] of this.overlay.range(undefined, undefined, false)) {
      this.#count(key, decodeBufferValue(new ByteReader(stored)))
    }
  }

  #findMinimum(): void {
    const first = this.overlay.firstKey(TIME_FIRST, justAfter('\x01'))
    this.#minTimestamp = first === undefined ? Number.POSITIVE_INFINITY : timeOf(first)
  }
}

function timeOf(key: string): number {
  return int64At(key, 1)
}
