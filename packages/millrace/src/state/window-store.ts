/**
 * Windows: (key, window start) to value, over keys `segment || key || start || sequence` whose tail is the changelog's key
 * (reference 2.4). Segments come first so that expiry drops a range and a key's windows are one range a segment.
 *
 * With `retainDuplicates` (the stores of stream joins) a put never replaces: the sequence tells equal keys and times apart.
 * The changelog counts its own sequence, nulls and expired puts included, as in Kafka Streams.
 */

import type { Headers } from '../record/headers.ts'
import type { Windowed } from '../record/windowed.ts'
import { int32String, int64At, int64String, joined } from './byte-string.ts'
import { SEGMENT_BYTES as SEGMENT } from './key-groups.ts'
import { LayeredStore, type LayeredStoreOptions } from './layered-store.ts'
import type { Entry } from './merge-ranges.ts'
import { Segments } from './segments.ts'
import type { RecordContext, StoreEnvironment } from './state-store.ts'
import type { WindowEntry, WindowStore } from './stores.ts'
import { NO_SEQUENCE, WINDOW_SUFFIX as SUFFIX } from './window-key.ts'

export interface LayeredWindowStoreOptions extends LayeredStoreOptions {
  readonly retentionMs: number
  readonly windowSizeMs: number
  readonly retainDuplicates: boolean
  readonly timeOrdered: boolean
}

export class LayeredWindowStore<K, T, V> extends LayeredStore<K, T, Windowed<K>, V> implements WindowStore<K, T> {
  readonly #windowSizeMs: number
  readonly #duplicates: boolean
  readonly #segments: Segments
  #committedTime = -1
  #sequence = 0
  #lastBytes = ''
  #lastStart = -1
  #lastKey = ''
  #loggedSequence = 0

  constructor(options: LayeredWindowStoreOptions) {
    super({ ...options, segmented: true })
    this.#windowSizeMs = options.windowSizeMs
    this.#duplicates = options.retainDuplicates
    this.#segments = new Segments(options.retentionMs, options.persistent, options.timeOrdered)
  }

  override init(environment: StoreEnvironment): void {
    super.init(environment)
    this.#segments.discover((from) => this.overlay.firstKey(from, undefined))
  }

  put(key: K, value: T | null, windowStart: number): void {
    const bytes = this.encodeKey(key)
    this.#segments.touch(windowStart)
    if (this.#duplicates) this.#append(bytes, value, windowStart)
    else this.write(this.#storeKey(bytes, windowStart), value)
  }

  fetch(key: K, windowStart: number): T | null {
    return this.read(this.#storeKey(this.encodeKey(key), windowStart), windowStart >= this.#segments.firstVisible)
  }

  fetchRange(key: K, from: number, to: number, options: { reverse?: boolean } = {}): Iterable<WindowEntry<T>> {
    const bytes = this.encodeKey(key)
    const reverse = options.reverse === true
    const first = Math.max(from, 0)
    const last = Math.min(to, Number.MAX_SAFE_INTEGER)
    if (last < first) return []
    const segments = this.#segments
    const found: WindowEntry<T>[] = []
    const ids = segments.within(segments.id(first), segments.id(last))
    for (const id of reverse ? ids.reverse() : ids) {
      const entries = this.timesOf(segments.prefixOf(id), bytes, first, last, segments.firstVisible, SUFFIX, reverse)
      for (const { at, value } of entries) found.push({ windowStart: startOf(at), value })
    }
    return found
  }

  *fetchAll(from: number, to: number, options: { reverse?: boolean } = {}): Generator<readonly [Windowed<K>, T]> {
    const reverse = options.reverse === true
    if (!this.persistent) return yield* this.#byTime(from, to, reverse)
    for (const entry of this.#within(from, to, reverse)) yield [this.#windowed(entry[0]), this.valueOf(entry)]
  }

  all(): Iterable<readonly [Windowed<K>, T]> {
    return this.fetchAll(0, Number.MAX_SAFE_INTEGER)
  }

  fetchByTime(from: number, to: number): Iterable<readonly [Windowed<K>, T]> {
    return this.#byTime(from, to, false)
  }

  override commit(changelogOffset: number | undefined): void {
    const expired = this.#segments.newlyExpired()
    if (expired !== undefined) this.overlay.expire(expired[0], expired[1])
    super.commit(changelogOffset)
    this.#committedTime = this.#segments.observed
  }

  override rollback(): void {
    super.rollback()
    this.#segments.reset(this.#committedTime)
  }

  #append(bytes: string, value: T | null, windowStart: number): void {
    const stored = value === null ? null : this.format.encodeBorrowed(value)
    // A null is no delete here: there is nothing it could replace. In memory its time counts all the same.
    if (stored !== null || !this.persistent) this.#segments.observe(windowStart)
    if (!this.#segments.takes(windowStart)) this.environment.dropped(this.name, 'expired')
    else if (stored !== null) {
      this.#sequence = (this.#sequence + 1) & 0x7fffffff
      const at = this.#storeKey(bytes, windowStart, int32String(this.#sequence))
      this.overlay.put(at, stored, undefined, [this.#segments.prefix(windowStart), bytes])
    }
    this.#loggedSequence = (this.#loggedSequence + 1) & 0x7fffffff
    this.log(bytes + int64String(windowStart) + int32String(this.#loggedSequence), stored)
  }

  protected override loggedHeaders(context: RecordContext): Headers | undefined {
    return this.#duplicates ? context.headers : undefined
  }

  protected override readonly loggedFrom: number = SEGMENT

  protected override restoredKey(key: string): string | undefined {
    return key.length < SUFFIX ? undefined : this.#segments.prefix(int64At(key, key.length - SUFFIX)) + key
  }

  protected override admits(key: string, restoring: boolean): boolean {
    const start = startOf(key)
    this.#segments.observe(start)
    if (restoring) this.#segments.touch(start)
    return this.#segments.takes(start)
  }

  protected override visible(key: string): boolean {
    return startOf(key) >= this.#segments.firstVisible
  }

  protected override flushedKey(key: string): Windowed<K> {
    return this.#windowed(key)
  }

  /** The last one is kept: a fetch is followed by a put, and the same string has its hash already. */
  #storeKey(bytes: string, start: number, sequence: string = NO_SEQUENCE): string {
    if (sequence === NO_SEQUENCE && start === this.#lastStart && bytes === this.#lastBytes) return this.#lastKey
    const key = joined(this.#segments.prefix(start), bytes, int64String(start) + sequence)
    if (sequence === NO_SEQUENCE) {
      this.#lastBytes = bytes
      this.#lastStart = start
      this.#lastKey = key
    }
    return key
  }

  #windowed(key: string): Windowed<K> {
    const start = startOf(key)
    const end = Math.min(start + this.#windowSizeMs, Number.MAX_SAFE_INTEGER)
    return { key: this.decodeKey(key.slice(SEGMENT, -SUFFIX)), window: { start, end } }
  }

  *#within(from: number, to: number, reverse: boolean): Generator<Entry> {
    const first = Math.max(from, 0)
    if (to < first) return
    const end = int64String(this.#segments.id(to) + 1)
    for (const entry of this.entries(this.#segments.prefix(first), end, reverse)) {
      const start = startOf(entry[0])
      if (start >= from && start <= to) yield entry
    }
  }

  *#byTime(from: number, to: number, reverse: boolean): Generator<readonly [Windowed<K>, T]> {
    const sorted = [...this.#within(from, to, false)].map((entry) => ({ entry, order: timeFirst(entry[0]) }))
    sorted.sort((a, b) => (a.order < b.order ? -1 : 1))
    if (reverse) sorted.reverse()
    for (const { entry } of sorted) yield [this.#windowed(entry[0]), this.valueOf(entry)]
  }
}

function startOf(key: string): number {
  return int64At(key, key.length - SUFFIX)
}

/** The key of Kafka Streams' time-ordered stores, without its prefix byte: start, key, sequence. */
function timeFirst(key: string): string {
  return key.slice(-SUFFIX, -4) + key.slice(SEGMENT, -SUFFIX) + key.slice(-4)
}
