/**
 * A byte store in one LMDB database. Reads are synchronous copies out of the memory map; a write is one transaction with
 * the changelog offset in it, so the store is where it was before the batch or where it is after it.
 *
 * Keys are byte strings throughout, as in the layers above: nothing is converted on the way.
 */

import type { Database } from 'lmdb'
import { MillraceError } from 'millrace'
import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from 'millrace/state'
import { DroppedRanges, type KeyRange, NONE } from './dropped-ranges.ts'
import { DROPPED, END, MAX_KEY_BYTES, OFFSET, type StateKey } from './state-key.ts'
import type { TaskEnvironment } from './task-environment.ts'

export type StateDatabase = Database<Uint8Array, StateKey>

type StringChange = readonly [key: string, value: Uint8Array | null]

/** Keys of a dropped range that are removed at once, and with each later write: some 5 ms. */
const REMOVED_AT_ONCE = 2_000

export class LmdbStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly persistent = true
  readonly sliceOfWrite = 1_000
  readonly strings: ByteStringAccess = this
  readonly #environment: TaskEnvironment
  readonly #database: StateDatabase
  #offset: number | undefined
  #dropped: DroppedRanges
  #closed = false

  constructor(name: string, environment: TaskEnvironment) {
    this.name = name
    this.#environment = environment
    this.#database = environment.database(name)
    const offset = environment.guard(() => this.#database.getBinary(OFFSET))
    this.#offset = offset === undefined ? undefined : Number(offset.toString('latin1'))
    this.#dropped = DroppedRanges.from(environment.guard(() => this.#database.getBinary(DROPPED)))
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.getString(latin1(key))
  }

  getString(key: string): Uint8Array | undefined {
    if (key.length > MAX_KEY_BYTES || (!this.#dropped.empty && this.#dropped.has(key))) return undefined
    try {
      return this.#database.getBinary(key)
    } catch (error) {
      throw this.#environment.failed(error)
    }
  }

  *range(options: RangeOptions = {}): Generator<readonly [Uint8Array, Uint8Array]> {
    const from = options.from === undefined ? undefined : latin1(options.from)
    const to = options.to === undefined ? undefined : latin1(options.to)
    for (const [key, value] of this.rangeStrings(from, to, options.reverse === true)) {
      yield [Buffer.from(key, 'latin1'), value]
    }
  }

  *rangeStrings(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
  ): Generator<readonly [string, Uint8Array]> {
    const first = from ?? ''
    const end = to ?? END
    if (to !== undefined && first >= to) return
    const bounds = reverse
      ? { start: end, exclusiveStart: true, end: first, inclusiveEnd: true, reverse: true }
      : { start: first, end }
    const dropped = this.#dropped
    try {
      for (const { key, value } of this.#database.getRange(bounds)) {
        if (dropped.empty || !dropped.has(key as string)) yield [key as string, value]
      }
    } catch (error) {
      throw this.#environment.failed(error)
    }
  }

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    this.writeStrings(asStrings(changes), changelogOffset)
  }

  writeStrings(changes: Iterable<StringChange>, changelogOffset: number | undefined): void {
    const database = this.#database
    let dropped = this.#dropped
    this.#environment.change(() => {
      let count = 0
      for (const [key, value] of changes) {
        // What is written now must not be taken for a part of what was dropped before.
        if (!dropped.empty && dropped.has(key)) dropped = this.#remove(dropped, Number.POSITIVE_INFINITY)
        if (value === null) {
          if (key.length <= MAX_KEY_BYTES) database.remove(key)
        } else {
          if (key.length > MAX_KEY_BYTES) throw tooLong(this.name, key)
          database.put(key, value)
        }
        count++
      }
      if (changelogOffset === undefined) database.remove(OFFSET)
      else database.put(OFFSET, Buffer.from(String(changelogOffset), 'latin1'))
      if (!dropped.empty) dropped = this.#remove(dropped, Math.max(REMOVED_AT_ONCE, 2 * count))
      this.#note(dropped)
    })
    this.#dropped = dropped
    this.#offset = changelogOffset
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    const range: KeyRange = [latin1(from), latin1(to)]
    if (range[0] >= range[1]) return
    let dropped = this.#dropped.with(range)
    this.#environment.change(() => {
      dropped = this.#remove(dropped, REMOVED_AT_ONCE)
      this.#note(dropped)
    })
    this.#dropped = dropped
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  approximateEntries(): number {
    const { entryCount } = this.#database.getStats() as { entryCount: number }
    return Math.max(0, entryCount - (this.#offset === undefined ? 0 : 1))
  }

  clear(): void {
    this.#environment.guard(() => this.#database.clearSync())
    this.#offset = undefined
    this.#dropped = NONE
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#environment.release(this.name)
  }

  /** Within a transaction: removes up to `limit` keys of dropped ranges; gives what is left. */
  #remove(dropped: DroppedRanges, limit: number): DroppedRanges {
    const database = this.#database
    let left = limit
    const remaining: KeyRange[] = []
    for (const [from, to] of dropped.ranges) {
      if (left <= 0) {
        remaining.push([from, to])
        continue
      }
      const keys = [
        ...database.getKeys({ start: from, end: to, ...(left === Number.POSITIVE_INFINITY ? {} : { limit: left }) }),
      ]
      for (const key of keys) database.remove(key)
      left -= keys.length
      if (left <= 0) remaining.push([`${keys.at(-1) as string}\0`, to])
    }
    return remaining.length === 0 ? NONE : new DroppedRanges(remaining)
  }

  #note(dropped: DroppedRanges): void {
    if (dropped === this.#dropped) return
    if (dropped.empty) this.#database.remove(DROPPED)
    else this.#database.put(DROPPED, dropped.toBytes())
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function* asStrings(changes: Iterable<ByteChange>): Generator<StringChange> {
  for (const [key, value] of changes) yield [latin1(key), value]
}

function tooLong(store: string, key: string): MillraceError {
  return new MillraceError(
    'MILLRACE_STATE_KEY_TOO_LONG',
    `Store ${store} was given a key of ${key.length} bytes; LMDB takes ${MAX_KEY_BYTES}. Use shorter keys, or rocksdbStores().`,
  )
}
