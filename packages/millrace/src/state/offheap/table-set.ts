/**
 * The tables of one store: one, or one for each segment where keys begin with one (windows, sessions), so that what has
 * expired is dropped with its table, and an order is that of one segment.
 *
 * A segment is a key's first eight bytes, shorter keys filled up with zeros: that keeps the order of keys.
 */

import { lowerBound, wordsString } from '../byte-string.ts'
import type { ValueView } from '../value-view.ts'
import { ByteTable } from './byte-table.ts'

const SEGMENT = 8
const WHOLE = ''

export class TableSet {
  readonly #segmented: boolean
  readonly #tables = new Map<string, ByteTable>()
  #order: string[] | undefined
  #lastHigh = -1
  #lastLow = -1
  #last: ByteTable

  constructor(segmented: boolean) {
    this.#segmented = segmented
    this.#last = new ByteTable()
    if (!segmented) this.#tables.set(WHOLE, this.#last)
  }

  get(key: string): Buffer | undefined {
    return this.#tableOfString(key)?.get(key)
  }

  view(key: string, hash: number, view: ValueView): boolean {
    return this.#tableOfString(key)?.view(key, hash, view) ?? false
  }

  *keys(): Generator<string> {
    for (const table of this.#tables.values()) yield* table.keys()
  }

  /** The table of a key in bytes, made if need be. */
  tableOf(bytes: Uint8Array, start: number, keyLength: number): ByteTable {
    if (!this.#segmented) return this.#last
    const high = wordOf(bytes, start, keyLength)
    const low = wordOf(bytes, start + 4, keyLength - 4)
    if (high === this.#lastHigh && low === this.#lastLow) return this.#last
    const segment = wordsString(high, low)
    let table = this.#tables.get(segment)
    if (table === undefined) {
      table = new ByteTable()
      this.#tables.set(segment, table)
      this.#order = undefined
    }
    this.#remember(table, high, low)
    return table
  }

  *range(from: string | undefined, to: string | undefined, reverse: boolean): Generator<readonly [string, Buffer]> {
    if (from !== undefined && to !== undefined && from >= to) return
    const segments = this.#ordered()
    const first = from === undefined ? 0 : lowerBound(segments, this.#segmented ? segmentOf(from) : WHOLE)
    const last = segments.length - 1
    for (let index = reverse ? last : first; reverse ? index >= first : index <= last; index += reverse ? -1 : 1) {
      const segment = segments[index]
      const beyond = to !== undefined && this.#segmented && segment > segmentOf(to)
      if (beyond && !reverse) return
      if (!beyond) yield* (this.#tables.get(segment) as ByteTable).range(from, to, reverse)
    }
  }

  dropRange(from: string, to: string): void {
    if (from >= to) return
    for (const [segment, table] of this.#tables) {
      if (this.#segmented && from <= withoutZeros(segment) && segment < segmentOf(to)) this.#drop(segment, table)
      else if (!this.#segmented || (segment >= segmentOf(from) && withoutZeros(segment) < to)) {
        for (const key of table.keysWithin(from, to)) {
          const bytes = Buffer.from(key, 'latin1')
          table.delete(bytes, 0, bytes.length)
        }
        table.compact()
        if (this.#segmented && table.size === 0) this.#drop(segment, table)
      }
    }
  }

  /** The tables as they are now. */
  tables(): ByteTable[] {
    return [...this.#tables.values()]
  }

  compact(): void {
    for (const table of this.#tables.values()) table.compact()
  }

  get size(): number {
    let size = 0
    for (const table of this.#tables.values()) size += table.size
    return size
  }

  /** Bytes of keys and values. */
  get dataBytes(): number {
    let bytes = 0
    for (const table of this.#tables.values()) bytes += table.dataBytes
    return bytes
  }

  clear(): void {
    for (const [segment, table] of this.#tables) {
      if (this.#segmented) this.#drop(segment, table)
      else table.clear()
    }
  }

  #tableOfString(key: string): ByteTable | undefined {
    if (!this.#segmented) return this.#last
    const high = word(key, 0)
    const low = word(key, 4)
    if (high === this.#lastHigh && low === this.#lastLow) return this.#last
    const table = this.#tables.get(segmentOf(key))
    if (table !== undefined) this.#remember(table, high, low)
    return table
  }

  #remember(table: ByteTable, high: number, low: number): void {
    this.#last = table
    this.#lastHigh = high
    this.#lastLow = low
  }

  #drop(segment: string, table: ByteTable): void {
    table.clear()
    this.#tables.delete(segment)
    this.#order = undefined
    this.#lastHigh = -1
    this.#lastLow = -1
  }

  #ordered(): string[] {
    this.#order ??= [...this.#tables.keys()].sort()
    return this.#order
  }
}

/** Four bytes of a key, zeros behind its end. Unsigned: -1 is no word. */
function word(key: string, at: number): number {
  if (at + 4 > key.length) return wordOf(Buffer.from(key, 'latin1'), at, key.length - at)
  const low = (key.charCodeAt(at + 1) << 16) | (key.charCodeAt(at + 2) << 8) | key.charCodeAt(at + 3)
  return ((key.charCodeAt(at) << 24) | low) >>> 0
}

function wordOf(bytes: Uint8Array, start: number, length: number): number {
  const first = length > 0 ? bytes[start] << 24 : 0
  const second = length > 1 ? bytes[start + 1] << 16 : 0
  const third = length > 2 ? bytes[start + 2] << 8 : 0
  return (first | second | third | (length > 3 ? bytes[start + 3] : 0)) >>> 0
}

function segmentOf(key: string): string {
  return key.length >= SEGMENT ? key.slice(0, SEGMENT) : key.padEnd(SEGMENT, '\0')
}

/** The first key a segment can have. */
function withoutZeros(segment: string): string {
  let { length } = segment
  while (length > 0 && segment.charCodeAt(length - 1) === 0) length--
  return segment.slice(0, length)
}
