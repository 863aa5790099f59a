/**
 * Tables that remember: each key's versions by their own time, as far back as the history goes (KIP-889). What a put
 * returns, and what it does out of order, is Kafka Streams' RocksDBVersionedStore.
 *
 * The latest version of a key is under `0x00 || key` and never expires. Older ones are spans of validity under
 * `0x01 || segment || key`, the segment being that of the span's end, so that expiring is dropping a range. A put older
 * than the history is logged and not stored.
 */

import { ConfigError } from '../record/errors.ts'
import { readInt64 } from '../record/int64.ts'
import type { Serde } from '../record/serde.ts'
import { int64String } from './byte-string.ts'
import { changelogDefaults, type LoggingOptions, loggingOf, saturatingSum } from './changelog-config.ts'
import { LayeredStore } from './layered-store.ts'
import { Segments } from './segments.ts'
import type { StoreBuilder, StoreEnvironment } from './state-store.ts'
import { withTimestamp } from './stored-format.ts'
import type { VersionedKeyValueStore, VersionedRecord } from './stores.ts'
import { decodeSpans, encodeSpans, type VersionSpan } from './version-row.ts'

export interface VersionedKeyValueStoreOptions<K, V> extends LoggingOptions {
  readonly name: string
  readonly keySerde?: Serde<K> | undefined
  readonly valueSerde?: Serde<V> | undefined
  /** How far behind stream time versions are kept, and puts accepted, ms. */
  readonly historyRetentionMs: number
  /** Kept by the app's store adapter; false: in memory. Default true. */
  readonly persistent?: boolean | undefined
}

const DAY_MS = 24 * 60 * 60 * 1000

/** A store of versions. It has no record cache. @throws ConfigError for a negative history */
export function versionedKeyValueStore<K = string, V = unknown>(
  options: VersionedKeyValueStoreOptions<K, V>,
): StoreBuilder<VersionedKeyValueStore<K, V>> {
  const { name, historyRetentionMs, persistent = true } = options
  if (!(historyRetentionMs >= 0)) {
    throw new ConfigError([`store ${name}: historyRetentionMs is ${historyRetentionMs}: give 0 or more`])
  }
  const lag = saturatingSum(historyRetentionMs, DAY_MS)
  return Object.freeze({
    name,
    persistent,
    caching: false,
    historyRetentionMs,
    ...loggingOf(options),
    changelogConfig: () =>
      changelogDefaults('compact', undefined, 0, { 'min.compaction.lag.ms': lag, ...options.loggingConfig }),
    build: () => new LayeredVersionedStore<K, V>(options),
  })
}

const LATEST = '\0'
const OLDER = '\x01'
const VALID_TO_UNDEFINED = -1
const NOT_PUT = Number.MIN_SAFE_INTEGER

class LayeredVersionedStore<K, V> extends LayeredStore<K, V, K, V> implements VersionedKeyValueStore<K, V> {
  readonly validToUndefined = VALID_TO_UNDEFINED
  readonly notPut: typeof Number.MIN_SAFE_INTEGER = NOT_PUT
  readonly #historyMs: number
  readonly #segments: Segments
  #committedTime = -1

  constructor(options: VersionedKeyValueStoreOptions<K, V>) {
    super({
      name: options.name,
      persistent: options.persistent ?? true,
      caching: false,
      timestamped: false,
      ordered: true,
      keySerde: options.keySerde as Serde<unknown> | undefined,
      valueSerde: options.valueSerde as Serde<unknown> | undefined,
    })
    this.#historyMs = options.historyRetentionMs
    this.#segments = new Segments(this.#historyMs, true, false, segmentInterval(this.#historyMs))
  }

  override init(environment: StoreEnvironment): void {
    super.init(environment)
    this.#segments.discover((from) => this.overlay.firstKey(OLDER + (from ?? ''), undefined)?.slice(1))
  }

  put(key: K, value: V | null, timestamp: number): number {
    const at = this.encodeKey(key)
    const bytes = value === null ? null : this.format.encode(value)
    const validTo = this.#put(at, bytes, timestamp)
    if (validTo === NOT_PUT) this.environment.dropped(this.name, 'expired')
    this.logBytes(at, bytes, timestamp)
    return validTo
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | null {
    const before = this.#accepts(timestamp) ? this.get(key, timestamp) : null
    this.put(key, null, timestamp)
    return before
  }

  get(key: K, asOf?: number): VersionedRecord<V> | null {
    const at = this.encodeKey(key)
    const latest = this.overlay.get(LATEST + at)
    if (latest !== undefined && (asOf === undefined || readInt64(latest, 0) <= asOf)) return this.#latest(latest)
    if (asOf === undefined || !this.#accepts(asOf)) return null
    const span = this.#spanAt(at, asOf)
    if (span === undefined || span.value === null) return null
    return { value: this.decode(span.value), timestamp: span.from, validTo: span.to }
  }

  *all(): Generator<readonly [K, VersionedRecord<V>]> {
    for (const [key, stored] of this.overlay.range(LATEST, OLDER, false)) {
      yield [this.decodeKey(key.slice(1)), this.#latest(stored)]
    }
  }

  override commit(changelogOffset: number | undefined): void {
    const expired = this.#segments.newlyExpired()
    if (expired !== undefined) this.overlay.expire(OLDER + expired[0], OLDER + expired[1])
    super.commit(changelogOffset)
    this.#committedTime = this.#segments.observed
  }

  override rollback(): void {
    super.rollback()
    this.#segments.reset(this.#committedTime)
  }

  protected override restoreRow(key: string, value: Uint8Array | null, timestamp: number): void {
    this.#put(key, value === null ? null : Buffer.from(value), timestamp)
  }

  protected override flushedKey(key: string): K {
    return this.decodeKey(key)
  }

  /** Within the history, which is also how late a put may be. */
  #accepts(timestamp: number): boolean {
    return timestamp >= this.#segments.observed - this.#historyMs
  }

  #latest(stored: Uint8Array): VersionedRecord<V> {
    return { value: this.decode(stored.subarray(8)), timestamp: readInt64(stored, 0), validTo: undefined }
  }

  #put(key: string, value: Uint8Array | null, timestamp: number): number {
    if (!this.#accepts(timestamp)) return NOT_PUT
    this.#segments.observe(timestamp)
    const latest = this.overlay.get(LATEST + key)
    const latestTime = latest === undefined ? Number.POSITIVE_INFINITY : readInt64(latest, 0)
    if (latest !== undefined && timestamp >= latestTime) {
      if (timestamp > latestTime) this.#add(key, { from: latestTime, to: timestamp, value: latest.subarray(8) })
      this.#putLatest(key, value, timestamp)
      return VALID_TO_UNDEFINED
    }
    const span = this.#spanAt(key, timestamp)
    if (span !== undefined) {
      this.#remove(key, span)
      if (span.from < timestamp) this.#add(key, { from: span.from, to: timestamp, value: span.value })
      this.#add(key, { from: timestamp, to: span.to, value })
      return span.to
    }
    const next = Math.min(latestTime, this.#nextStart(key, timestamp))
    if (next !== Number.POSITIVE_INFINITY) {
      this.#add(key, { from: timestamp, to: next, value })
      return next
    }
    if (value !== null) this.#putLatest(key, value, timestamp)
    else this.#add(key, { from: timestamp, to: timestamp, value: null })
    return VALID_TO_UNDEFINED
  }

  #putLatest(key: string, value: Uint8Array | null, timestamp: number): void {
    this.overlay.put(LATEST + key, value === null ? null : withTimestamp(value, timestamp))
  }

  /** Segments that may know something of this time and later. */
  #ids(timestamp: number): number[] {
    return this.#segments.within(this.#segments.id(timestamp), Number.POSITIVE_INFINITY)
  }

  #row(id: number, key: string): VersionSpan[] {
    const row = this.overlay.get(OLDER + int64String(id) + key)
    return row === undefined ? [] : decodeSpans(row)
  }

  #spanAt(key: string, timestamp: number): VersionSpan | undefined {
    for (const id of this.#ids(timestamp)) {
      const span = this.#row(id, key).find(({ from, to }) => from <= timestamp && timestamp < to)
      if (span !== undefined) return span
    }
    return undefined
  }

  /** The start of the next version that is not the latest; Infinity: there is none. */
  #nextStart(key: string, timestamp: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const id of this.#ids(timestamp)) {
      for (const { from } of this.#row(id, key)) if (from > timestamp && from < next) next = from
    }
    return next
  }

  #add(key: string, span: VersionSpan): void {
    if (!this.#segments.takes(span.to)) return
    this.#segments.touch(span.to)
    const id = this.#segments.id(span.to)
    const row = this.#row(id, key)
    if (span.from === span.to && row.some(({ to }) => to === span.to)) return
    this.#write(id, key, [...row, span])
  }

  #remove(key: string, span: VersionSpan): void {
    const id = this.#segments.id(span.to)
    this.#write(
      id,
      key,
      this.#row(id, key).filter(({ from, to }) => from !== span.from || to !== span.to),
    )
  }

  #write(id: number, key: string, spans: readonly VersionSpan[]): void {
    this.overlay.put(OLDER + int64String(id) + key, spans.length === 0 ? null : encodeSpans(spans))
  }
}

/** Kafka Streams' spans of segments by history: fine enough to expire, coarse enough to find. */
function segmentInterval(historyMs: number): number {
  if (historyMs <= 60_000) return Math.max(Math.floor(historyMs / 3), 2_000)
  if (historyMs <= 300_000) return Math.max(Math.floor(historyMs / 5), 20_000)
  if (historyMs <= 3_600_000) return Math.max(Math.floor(historyMs / 12), 60_000)
  return Math.max(Math.floor(historyMs / 24), 300_000)
}
