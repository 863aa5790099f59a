/**
 * What all typed stores are made of: a byte store under its overlay, the changelog, the record cache, and decoded values
 * kept above the bytes. A kind of store (key-value, window, session) adds its key encoding and its expiry, nothing else.
 *
 * A put goes: record cache, if there is one, until flushed → overlay and changelog. Without a cache every put is logged,
 * in order (law 5). Decoded values are invisible: with `freezesValues` there are none and every read decodes and freezes.
 */

import type { ColumnBatch } from '../record/column-batch.ts'
import { deepFreeze } from '../record/deep-freeze.ts'
import { resolveSerde } from '../record/deferred-serde.ts'
import type { Headers } from '../record/headers.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { borrowBytes, fromText, isText } from './byte-string.ts'
import type { CacheEntries } from './cache-entries.ts'
import { DecodedValues } from './decoded-values.ts'
import { type Entry, mergeRanges } from './merge-ranges.ts'
import { hashOfString } from './offheap/key-hash.ts'
import { Overlay } from './overlay.ts'
import type { ChangelogSink, RecordContext, StateStore, StoreEnvironment } from './state-store.ts'
import { StoreCache } from './store-cache.ts'
import { asBuffer, plainFormat, type StoredFormat, timestampedFormat } from './stored-format.ts'
import type { CacheFlush } from './stores.ts'
import type { ValueView } from './value-view.ts'

export interface LayeredStoreOptions {
  readonly name: string
  readonly keySerde: Serde<unknown> | undefined
  readonly valueSerde: Serde<unknown> | undefined
  /** Values carry their timestamp. */
  readonly timestamped: boolean
  readonly persistent: boolean
  readonly caching: boolean
  /** Whether ranges are read in normal operation. */
  readonly ordered: boolean
  /** Keys begin with a segment of eight bytes, by which they expire. Default false. */
  readonly segmented?: boolean | undefined
  /** The topic that serdes are called with. Default: the changelog. */
  readonly serdeTopic?: string | undefined
}

/** An entry of a window or session store: its key in the store and its value. */
export interface Timed<T> {
  readonly at: string
  readonly value: T
}

/** For one read at a time. */
const VIEW: ValueView = { bytes: Buffer.alloc(0), start: 0, end: 0 }

const NONE: readonly never[] = Object.freeze([])

export abstract class LayeredStore<K, T, CK, V> implements StateStore {
  readonly name: string
  protected readonly persistent: boolean
  readonly #options: LayeredStoreOptions
  #environment: StoreEnvironment | undefined
  #store: { committed(): number | undefined; clear(): void; close(): void } | undefined
  #overlay: Overlay | undefined
  #sink: ChangelogSink | undefined
  #cache: StoreCache | undefined
  #decoded: DecodedValues<T> | undefined
  #freezes = false
  #keySerde: Serde<K> | undefined
  #keyContext: SerdeContext = { topic: '', isKey: true }
  #format: StoredFormat<T, V> | undefined
  #listener: ((flush: CacheFlush<CK, V>) => void) | undefined
  #sendsOldValues = false

  constructor(options: LayeredStoreOptions) {
    this.name = options.name
    this.persistent = options.persistent
    this.#options = options
  }

  init(environment: StoreEnvironment): void {
    const { name, persistent, ordered, segmented, caching, timestamped } = this.#options
    this.#environment = environment
    const store = environment.openByteStore(name, { persistent, ordered, segmented })
    this.#store = {
      committed: () => store.changelogOffset(),
      clear: () => store.clear(),
      close: () => (environment.closeByteStore === undefined ? store.close() : environment.closeByteStore(store)),
    }
    this.#overlay = new Overlay(store)
    this.#sink = environment.changelog(name)
    const topic = this.#options.serdeTopic ?? environment.changelogTopic(name)
    this.#keyContext = { topic, isKey: true }
    this.#keySerde = resolveSerde(this.#options.keySerde, environment.defaultKeySerde) as Serde<K>
    const valueSerde = resolveSerde(this.#options.valueSerde, environment.defaultValueSerde)
    const valueContext: SerdeContext = { topic, isKey: false }
    const format: unknown = (timestamped ? timestampedFormat : plainFormat)(valueSerde, valueContext)
    this.#format = format as StoredFormat<T, V>
    this.#freezes = environment.freezesValues
    if (caching && environment.recordCache !== undefined) {
      const cache: StoreCache = new StoreCache(environment.recordCache, environment.context, {
        flushed: (entry) => this.#flushed(cache.entries, entry),
        serialised: (entry) => this.#serialised(cache.entries, entry),
      })
      this.#cache = cache
    } else if (!this.#freezes && valueSerde.decodesFast !== true) this.#decoded = new DecodedValues()
  }

  setFlushListener(listener: (flush: CacheFlush<CK, V>) => void, sendOldValues: boolean): boolean {
    this.#listener = listener
    this.#sendsOldValues = sendOldValues
    return this.#cache !== undefined
  }

  flushCache(): void {
    this.#cache?.flush()
  }

  restore(batch: ColumnBatch): void {
    const { bytes, keyStarts, keyLengths, valueStarts, valueLengths, timestamps } = batch
    for (let row = 0; row < batch.count; row++) {
      const key = bytes.toString('latin1', keyStarts[row], keyStarts[row] + keyLengths[row])
      const length = valueLengths[row]
      const value = length < 0 ? null : bytes.subarray(valueStarts[row], valueStarts[row] + length)
      this.restoreRow(key, value, timestamps[row], batch, row)
    }
    this.#decoded?.clear()
  }

  commitSlice(): boolean {
    return this.overlay.commitSlice()
  }

  commit(changelogOffset: number | undefined): void {
    this.overlay.commit(changelogOffset)
  }

  rollback(): void {
    this.#cache?.clear()
    this.#decoded?.clear()
    this.overlay.rollback()
  }

  forget(): void {
    this.rollback()
    this.#store?.clear()
  }

  committedOffset(): number | undefined {
    return this.#store?.committed()
  }

  uncommittedBytes(): number {
    return this.#overlay?.bytes ?? 0
  }

  close(): void {
    this.#cache?.close()
    this.#decoded?.clear()
    this.#store?.close()
    this.#store = undefined
    this.#overlay = undefined
  }

  /** Applies one record of the changelog. The value is a view of the batch: copy it. */
  protected restoreRow(
    logged: string,
    value: Uint8Array | null,
    timestamp: number,
    _batch: ColumnBatch,
    _row: number,
  ): void {
    const key = this.restoredKey(logged)
    if (key === undefined || !this.admits(key, true)) return
    this.overlay.put(key, value === null ? null : this.format.restored(value, timestamp))
  }

  /** From a changelog record's key to the store's; undefined: the record is not for this store. */
  protected restoredKey(key: string): string | undefined {
    return key
  }

  /** Where in the store's key the changelog's begins: it is the rest. */
  protected readonly loggedFrom: number = 0

  /** Observes the time of a put; false: expired, to be logged but not stored. */
  protected admits(_key: string, _restoring: boolean): boolean {
    return true
  }

  /** Whether the store may still show this key. The record cache shows what it has in any case, as in Kafka Streams. */
  protected visible(_key: string): boolean {
    return true
  }

  /** Headers of a changelog record. */
  protected loggedHeaders(_context: RecordContext): Headers | undefined {
    return undefined
  }

  /** The key that a flush listener is given. */
  protected abstract flushedKey(key: string): CK

  /** The timestamp of a flushed entry. */
  protected flushedTimestamp(_key: string, stored: Uint8Array | null, contextTimestamp: number): number {
    return stored === null ? contextTimestamp : this.format.timestamp(stored, contextTimestamp)
  }

  protected get environment(): StoreEnvironment {
    if (this.#environment === undefined) throw new Error(`store ${this.name} is used before init`)
    return this.#environment
  }

  protected get overlay(): Overlay {
    if (this.#overlay === undefined) throw new Error(`store ${this.name} is used before init or after close`)
    return this.#overlay
  }

  protected get format(): StoredFormat<T, V> {
    return this.#format as StoredFormat<T, V>
  }

  /** Whether the record cache keeps values that were only read, as Kafka Streams' key-value stores do. */
  protected readonly cachesReads: boolean = false

  protected encodeKey(key: K): string {
    const serde = this.#keySerde as Serde<K>
    if (serde.text !== undefined) return fromText(serde.text(key))
    return asBuffer(serde.encode(key, this.#keyContext)).toString('latin1')
  }

  protected decodeKey(key: string): K {
    const serde = this.#keySerde as Serde<K>
    if (serde.fromText !== undefined && isText(key)) return serde.fromText(key)
    const decoded = serde.decode(borrowBytes(key), 0, key.length, this.#keyContext)
    return this.#freezes ? deepFreeze(decoded) : decoded
  }

  protected decode(stored: Uint8Array): T {
    const value = this.format.decode(stored)
    return this.#freezes ? deepFreeze(value) : value
  }

  #decodeView(): T {
    const value = this.format.decodeView(VIEW)
    return this.#freezes ? deepFreeze(value) : value
  }

  /** @param visible whether the store may still show this key, apart from the cache */
  protected read(key: string, visible = true): T | null {
    if (this.#cache !== undefined) return this.#readCached(this.#cache, key, visible)
    if (!visible) return null
    const known = this.#decoded?.get(key)
    if (known !== undefined) return known
    if (!this.overlay.view(key, VIEW)) return null
    const value = this.#decodeView()
    this.#decoded?.set(key, value)
    return value
  }

  #readCached(cache: StoreCache, key: string, visible: boolean): T | null {
    const { format } = this
    const hash = hashOfString(key)
    const entry = cache.get(key, hash)
    if (entry === 0) {
      if (!visible || !this.overlay.view(key, VIEW, hash)) return null
      const { bytes, start, end } = VIEW
      const value = this.#decodeView()
      if (!this.cachesReads) return value
      if (this.#freezes) cache.add(key, Buffer.from(bytes.subarray(start, end)), undefined, 0, end - start)
      else cache.add(key, undefined, format.plain(value), format.time(value), end - start)
      return value
    }
    return this.#cachedValue(cache.entries, entry)
  }

  #cachedValue({ values, objects, times }: CacheEntries, entry: number): T | null {
    const value = values[entry]
    if (value === null) return null
    if (this.#freezes) return this.decode(value as Uint8Array)
    return this.format.whole(objects[entry] as V, times[entry])
  }

  protected write(key: string, value: T | null): void {
    if (this.#cache !== undefined) {
      this.#writeCached(this.#cache, key, value)
      return
    }
    const stored = value === null ? null : this.format.encodeBorrowed(value)
    if (this.#decoded !== undefined) {
      if (value === null) this.#decoded.delete(key)
      else this.#decoded.set(key, value)
    }
    this.writeThrough(key, stored)
  }

  #writeCached(cache: StoreCache, key: string, value: T | null): void {
    if (value === null) {
      cache.put(key, null, undefined, 0, 0)
      return
    }
    const { format } = this
    const length = this.#freezes ? undefined : format.length(value)
    if (length !== undefined) {
      cache.put(key, undefined, format.plain(value), format.time(value), length)
      return
    }
    const stored = format.encode(value)
    if (this.#freezes) cache.put(key, stored, undefined, 0, stored.length)
    else cache.put(key, stored, format.plain(value), format.time(value), stored.length)
  }

  #serialised({ objects, times }: CacheEntries, entry: number): Uint8Array {
    return this.format.encode(this.format.whole(objects[entry] as V, times[entry]))
  }

  /** To the store, unless expired, and to the changelog. */
  protected writeThrough(key: string, stored: Uint8Array | null, hash?: number): void {
    if (this.admits(key, false)) this.overlay.put(key, stored, hash)
    else {
      this.#decoded?.delete(key)
      this.environment.dropped(this.name, 'expired')
    }
    this.log(key, stored, this.loggedFrom)
  }

  /** @param from where the changelog's key begins */
  protected log(key: string, stored: Uint8Array | null, from: number = 0): void {
    const sink = this.#sink
    if (sink === undefined) return
    const { context } = this.environment
    const value = stored === null ? null : this.format.logged(stored)
    const timestamp = stored === null ? context.timestamp : this.format.timestamp(stored, context.timestamp)
    sink.log(borrowBytes(key, from), value, timestamp, this.loggedHeaders(context))
  }

  /** Logs a record as it is. */
  protected logBytes(key: string, value: Uint8Array | null, timestamp: number | undefined, headers?: Headers): void {
    this.#sink?.log(borrowBytes(key), value, timestamp, headers)
  }

  protected get logs(): boolean {
    return this.#sink !== undefined
  }

  /**
   * Entries within [from, to): the overlay's that are visible, under the record cache's.
   *
   * @param invisible shows what has expired too, as long as it is there
   */
  protected entries(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
    invisible: boolean = false,
  ): Iterable<Entry> {
    const all = this.overlay.range(from, to, reverse)
    const below = invisible ? all : this.#visibleEntries(all)
    const above = this.#cache?.range(from, to, reverse)
    return above === undefined || above.length === 0 ? below : mergeRanges(above, below, reverse)
  }

  /**
   * One key's entries in a segment, by time: the overlay's with a time within [first, last] that are still visible, under
   * the record cache's.
   *
   * @param firstVisible the first time the store may still show, apart from the cache
   * @param suffixBytes what follows the key: its time and the rest
   */
  protected timesOf(
    segment: string,
    key: string,
    first: number,
    last: number,
    firstVisible: number,
    suffixBytes: number,
    reverse = false,
  ): readonly Timed<T>[] {
    const below = this.overlay.findTimes(segment, key, Math.max(first, firstVisible), last, suffixBytes)
    const cache = this.#cache
    const above = cache?.findTimes(segment, key, first, last, suffixBytes, reverse) ?? NONE
    if (cache === undefined || above.length === 0) {
      if (below.length === 0) return NONE
      const found = below.map((entry) => ({ at: entry[0], value: this.valueOf(entry) }))
      return reverse ? found.reverse() : found
    }
    const { entries } = cache
    const found: Timed<T>[] = []
    let next = 0
    for (const entry of below) {
      const at = entry[0]
      while (next < above.length && entries.keys[above[next]] < at) this.#cachedTime(entries, above[next++], found)
      if (next < above.length && entries.keys[above[next]] === at) this.#cachedTime(entries, above[next++], found)
      else found.push({ at, value: this.valueOf(entry) })
    }
    while (next < above.length) this.#cachedTime(entries, above[next++], found)
    return reverse ? found.reverse() : found
  }

  #cachedTime(entries: CacheEntries, entry: number, found: Timed<T>[]): void {
    const value = this.#cachedValue(entries, entry)
    if (value !== null) found.push({ at: entries.keys[entry], value })
  }

  *#visibleEntries(entries: Iterable<Entry>): Generator<Entry> {
    for (const entry of entries) if (this.visible(entry[0])) yield entry
  }

  /** The decoded value of an entry of `entries`. */
  protected valueOf(entry: Entry): T {
    const known = this.#decoded?.get(entry[0])
    return known === undefined ? this.decode(entry[1]) : known
  }

  #flushed(entries: CacheEntries, entry: number): void {
    const { format } = this
    const key = entries.keys[entry]
    const hash = entries.hashes[entry]
    const object = entries.objects[entry] as V
    const contextTimestamp = entries.timestamps[entry]
    const known = entries.values[entry]
    const stored = known === undefined ? format.encodeBorrowed(format.whole(object, entries.times[entry])) : known
    const listener = this.#listener
    let old: Uint8Array | undefined
    if (listener !== undefined && (stored === null || this.#sendsOldValues)) {
      old = this.visible(key) ? this.overlay.get(key) : undefined
      // Made and deleted between two flushes: nobody has to know.
      if (stored === null && old === undefined) return
    }
    this.writeThrough(key, stored, hash)
    if (listener === undefined) return
    listener({
      key: this.flushedKey(key),
      newValue: stored === null ? null : this.#freezes ? format.plain(this.decode(stored)) : object,
      oldValue: this.#sendsOldValues && old !== undefined ? format.plain(this.decode(old)) : null,
      timestamp: this.flushedTimestamp(key, stored, contextTimestamp),
    })
  }
}
