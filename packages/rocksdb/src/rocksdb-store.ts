/**
 * A byte store in a database that it shares: its keys carry its number. A write is one batch with the changelog offset in
 * it, so the store is where it was before the batch or where it is after it; expired segments go by one DeleteRange.
 *
 * Every call crosses into native code once; ranges are read in chunks, small ones first, for most are small.
 */

import type { ByteChange, ByteStore, ByteStringAccess, RangeOptions } from 'millrace/state'
import { clearingKey, KeyWriter, numberBytes, offsetKey } from './rocksdb-keys.ts'
import type { SharedDatabase } from './shared-database.ts'

type StringChange = readonly [key: string, value: Uint8Array | null]

const FIRST_CHUNK = 32
const LARGEST_CHUNK = 1_024
const CHUNK_BYTES = 256 << 10

export class RocksdbStore implements ByteStore, ByteStringAccess {
  readonly name: string
  readonly persistent = true
  readonly sliceOfWrite = 1_000
  readonly strings: ByteStringAccess = this
  readonly #shared: SharedDatabase
  readonly #number: number
  readonly #keys: KeyWriter
  readonly #onClosed: () => void
  #offset: number | undefined
  #closed = false

  constructor(name: string, number: number, shared: SharedDatabase, onClosed: () => void) {
    this.name = name
    this.#number = number
    this.#shared = shared
    this.#keys = new KeyWriter(number)
    this.#onClosed = onClosed
    if (shared.get(clearingKey(number)) !== undefined) this.clear()
    const offset = shared.get(offsetKey(number))
    this.#offset = offset === undefined ? undefined : Number(offset.toString('latin1'))
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#shared.get(this.#keys.write(latin1(key)))
  }

  getString(key: string): Uint8Array | undefined {
    return this.#shared.get(this.#keys.write(key))
  }

  *range(options: RangeOptions = {}): Generator<readonly [Uint8Array, Uint8Array]> {
    const from = options.from === undefined ? undefined : latin1(options.from)
    const to = options.to === undefined ? undefined : latin1(options.to)
    for (const [key, value] of this.#entries(from, to, options.reverse === true)) yield [key.subarray(4), value]
  }

  *rangeStrings(
    from: string | undefined,
    to: string | undefined,
    reverse: boolean,
  ): Generator<readonly [string, Uint8Array]> {
    for (const [key, value] of this.#entries(from, to, reverse)) yield [key.toString('latin1', 4), value]
  }

  *#entries(from: string | undefined, to: string | undefined, reverse: boolean): Generator<readonly [Buffer, Buffer]> {
    let gte = this.#keys.copy(from ?? '')
    let lt = to === undefined ? numberBytes(this.#number + 1) : this.#keys.copy(to)
    for (let limit = FIRST_CHUNK; ; limit = Math.min(limit * 4, LARGEST_CHUNK)) {
      if (Buffer.compare(gte, lt) >= 0) return
      const { rows } = this.#shared.query({
        gte,
        lt,
        reverse,
        limit,
        highWaterMarkBytes: CHUNK_BYTES,
        keyEncoding: 'buffer',
        valueEncoding: 'buffer',
      })
      if (rows.length === 0) return
      for (let at = 0; at < rows.length; at += 2) yield [rows[at], rows[at + 1]]
      const last = rows[rows.length - 2]
      if (reverse) lt = last
      else gte = Buffer.concat([last, Buffer.of(0)])
    }
  }

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    this.writeStrings(asStrings(changes), changelogOffset)
  }

  writeStrings(changes: Iterable<StringChange>, changelogOffset: number | undefined): void {
    const keys = this.#keys
    this.#shared.write((batch) => {
      for (const [key, value] of changes) {
        if (value === null) batch._del(keys.write(key))
        else batch._put(keys.write(key), value)
      }
      if (changelogOffset === undefined) batch._del(offsetKey(this.#number))
      else batch._put(offsetKey(this.#number), Buffer.from(String(changelogOffset), 'latin1'))
    })
    this.#offset = changelogOffset
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    const gte = this.#keys.copy(latin1(from))
    const lt = this.#keys.copy(latin1(to))
    if (Buffer.compare(gte, lt) < 0) this.#shared.deleteRange(gte, lt)
  }

  changelogOffset(): number | undefined {
    return this.#offset
  }

  /** RocksDB estimates for the whole database only: an upper bound. */
  approximateEntries(): number {
    return this.#shared.estimatedKeys()
  }

  clear(): void {
    const number = this.#number
    this.#shared.write((batch) => {
      batch._put(clearingKey(number), Buffer.alloc(0))
      batch._del(offsetKey(number))
    })
    this.#shared.deleteRange(numberBytes(number), numberBytes(number + 1))
    this.#shared.write((batch) => batch._del(clearingKey(number)))
    this.#offset = undefined
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClosed()
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function* asStrings(changes: Iterable<ByteChange>): Generator<StringChange> {
  for (const [key, value] of changes) yield [latin1(key), value]
}
