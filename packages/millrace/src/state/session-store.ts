/**
 * Sessions: (key, start, end) to an aggregate, over keys `segment || key || end || start` whose tail is the changelog's key
 * (reference 2.4). Expiry goes by the session's end; the changelog's timestamp is the current record's.
 */

import type { Windowed } from '../record/windowed.ts'
import { int64At, int64String, joined } from './byte-string.ts'
import { SEGMENT_BYTES as SEGMENT } from './key-groups.ts'
import { LayeredStore, type LayeredStoreOptions } from './layered-store.ts'
import type { Entry } from './merge-ranges.ts'
import { Segments } from './segments.ts'
import { SESSION_SUFFIX as SUFFIX } from './session-key.ts'
import type { StoreEnvironment } from './state-store.ts'
import type { SessionStore } from './stores.ts'

/** No session ends later. */
const LAST = Number.MAX_SAFE_INTEGER - 1

export interface LayeredSessionStoreOptions extends LayeredStoreOptions {
  readonly retentionMs: number
}

export class LayeredSessionStore<K, A> extends LayeredStore<K, A, Windowed<K>, A> implements SessionStore<K, A> {
  readonly #segments: Segments
  #committedTime = -1

  constructor(options: LayeredSessionStoreOptions) {
    super({ ...options, segmented: true })
    this.#segments = new Segments(options.retentionMs, options.persistent)
  }

  override init(environment: StoreEnvironment): void {
    super.init(environment)
    this.#segments.discover((from) => this.overlay.firstKey(from, undefined))
  }

  put(session: Windowed<K>, aggregate: A | null): void {
    const { start, end } = session.window
    this.#segments.touch(end)
    this.write(this.#storeKey(this.encodeKey(session.key), start, end), aggregate)
  }

  remove(session: Windowed<K>): void {
    this.put(session, null)
  }

  fetchSession(key: K, start: number, end: number): A | null {
    return this.read(this.#storeKey(this.encodeKey(key), start, end), end >= this.#segments.firstVisible)
  }

  findSessions(key: K, earliestEnd: number, latestStart: number): Iterable<readonly [Windowed<K>, A]> {
    const bytes = this.encodeKey(key)
    const firstEnd = Math.max(earliestEnd, 0)
    const segments = this.#segments
    const found: [Windowed<K>, A][] = []
    for (const id of segments.within(segments.id(firstEnd), Number.POSITIVE_INFINITY)) {
      const entries = this.timesOf(segments.prefixOf(id), bytes, firstEnd, LAST, segments.firstVisible, SUFFIX)
      for (const { at, value } of entries) {
        const start = startOf(at)
        if (start <= latestStart) found.push([{ key, window: { start, end: endOf(at) } }, value])
      }
    }
    // Kafka Streams' store in memory has equal ends by descending start.
    if (!this.persistent && found.length > 1)
      found.sort(([a], [b]) => a.window.end - b.window.end || b.window.start - a.window.start)
    return found
  }

  *findSessionsByEnd(from: number, to: number): Generator<readonly [Windowed<K>, A]> {
    const found: { readonly entry: Entry; readonly order: string }[] = []
    const first = Math.max(from, 0)
    if (to < first) return
    const end = int64String(this.#segments.id(to) + 1)
    // Kafka Streams' persistent store looks at live segments here, not at retention: sessions close when they expire.
    for (const entry of this.entries(this.#segments.prefix(first), end, false, this.persistent)) {
      const sessionEnd = endOf(entry[0])
      if (sessionEnd >= from && sessionEnd <= to) found.push({ entry, order: timeFirst(entry[0]) })
    }
    found.sort((a, b) => (a.order < b.order ? -1 : 1))
    for (const { entry } of found) yield [this.#windowed(entry[0]), this.valueOf(entry)]
  }

  fetch(key: K): Iterable<readonly [Windowed<K>, A]> {
    return this.findSessions(key, 0, Number.MAX_SAFE_INTEGER)
  }

  *all(): Generator<readonly [Windowed<K>, A]> {
    for (const entry of this.entries(undefined, undefined, false)) {
      yield [this.#windowed(entry[0]), this.valueOf(entry)]
    }
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

  protected override readonly loggedFrom: number = SEGMENT

  protected override restoredKey(key: string): string | undefined {
    return key.length < SUFFIX ? undefined : this.#segments.prefix(int64At(key, key.length - SUFFIX)) + key
  }

  protected override admits(key: string, restoring: boolean): boolean {
    const end = endOf(key)
    this.#segments.observe(end)
    if (restoring) this.#segments.touch(end)
    return this.#segments.takes(end)
  }

  protected override visible(key: string): boolean {
    return endOf(key) >= this.#segments.firstVisible
  }

  protected override flushedKey(key: string): Windowed<K> {
    return this.#windowed(key)
  }

  /** A session's result has its end as timestamp. */
  protected override flushedTimestamp(key: string): number {
    return endOf(key)
  }

  #storeKey(bytes: string, start: number, end: number): string {
    return joined(this.#segments.prefix(end), bytes, int64String(end) + int64String(start))
  }

  #windowed(key: string): Windowed<K> {
    return { key: this.decodeKey(key.slice(SEGMENT, -SUFFIX)), window: { start: startOf(key), end: endOf(key) } }
  }
}

function endOf(key: string): number {
  return int64At(key, key.length - SUFFIX)
}

function startOf(key: string): number {
  return int64At(key, key.length - 8)
}

/** The key of Kafka Streams' time-ordered stores, without its prefix byte: end, start, key. */
function timeFirst(key: string): string {
  return key.slice(-SUFFIX) + key.slice(SEGMENT, -SUFFIX)
}
