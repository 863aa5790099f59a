/**
 * Fills the columns of a `ColumnBatch` from record sections that lie in one buffer: one or many batches of a fetch
 * response, decompressed already. Nothing is allocated a record; a batch's columns are one allocation, and may be given
 * back with `recycle` by a holder who knows that nobody reads them any more.
 *
 * Which batches to take (not control batches, not aborted ones) is the caller's choice: see record-batch-decoder.
 */

import type { ColumnBatch } from './column-batch.ts'
import { readVarint, readVarlong, varintEnd } from './varint.ts'

/** Where a record section lies and what its deltas are relative to. */
export interface RecordSection {
  readonly start: number
  readonly end: number
  readonly count: number
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** With LogAppendTime: the one timestamp all of the batch's records have. */
  readonly appendTimestamp?: number | undefined
}

const ROW_BYTES = 2 * 8 + 6 * 4
const MIN_ROWS = 4
const noBytes = Buffer.alloc(0)

class Columns {
  readonly capacity: number
  readonly offsets: Float64Array
  readonly timestamps: Float64Array
  readonly keyStarts: Int32Array
  readonly keyLengths: Int32Array
  readonly valueStarts: Int32Array
  readonly valueLengths: Int32Array
  readonly headerStarts: Int32Array
  readonly headerCounts: Int32Array

  constructor(capacity: number) {
    const memory = new ArrayBuffer(capacity * ROW_BYTES)
    const ints = (index: number): Int32Array => new Int32Array(memory, capacity * (16 + index * 4), capacity)
    this.capacity = capacity
    this.offsets = new Float64Array(memory, 0, capacity)
    this.timestamps = new Float64Array(memory, capacity * 8, capacity)
    this.keyStarts = ints(0)
    this.keyLengths = ints(1)
    this.valueStarts = ints(2)
    this.valueLengths = ints(3)
    this.headerStarts = ints(4)
    this.headerCounts = ints(5)
  }
}

/** A finished batch that remembers its columns, so that they can be recycled. */
class BuiltBatch implements ColumnBatch {
  readonly count: number
  readonly bytes: Buffer
  readonly offsets: Float64Array
  readonly timestamps: Float64Array
  readonly keyStarts: Int32Array
  readonly keyLengths: Int32Array
  readonly valueStarts: Int32Array
  readonly valueLengths: Int32Array
  readonly headerStarts: Int32Array
  readonly headerCounts: Int32Array
  #columns: Columns | undefined

  constructor(count: number, bytes: Buffer, columns: Columns) {
    this.count = count
    this.bytes = bytes
    this.offsets = columns.offsets
    this.timestamps = columns.timestamps
    this.keyStarts = columns.keyStarts
    this.keyLengths = columns.keyLengths
    this.valueStarts = columns.valueStarts
    this.valueLengths = columns.valueLengths
    this.headerStarts = columns.headerStarts
    this.headerCounts = columns.headerCounts
    this.#columns = columns
  }

  static takeColumns(batch: ColumnBatch): Columns | undefined {
    if (!(#columns in batch)) return undefined
    const columns = batch.#columns
    batch.#columns = undefined
    return columns
  }
}

/** A batch without records, for answers that only move a position. */
export const EMPTY_COLUMN_BATCH: ColumnBatch = new BuiltBatch(0, noBytes, new Columns(0))

export class ColumnBatchBuilder {
  #bytes: Buffer = noBytes
  #columns: Columns = new Columns(MIN_ROWS)
  #count = 0
  #pool: Columns[] = []

  get count(): number {
    return this.#count
  }

  /** Starts a batch over `bytes`; `rows` is how many records are expected (the columns grow if there are more). */
  start(bytes: Buffer, rows: number = MIN_ROWS): void {
    this.#bytes = bytes
    this.#count = 0
    if (this.#columns.capacity < rows) this.#columns = this.#take(rows)
  }

  /**
   * Adds the records of one section, those before `fromOffset` left out.
   * @throws RangeError where a record reaches beyond its section: the bytes are damaged.
   */
  add(section: RecordSection, fromOffset = 0): void {
    this.addRecords(
      section.start,
      section.end,
      section.count,
      section.baseOffset,
      section.baseTimestamp,
      section.appendTimestamp ?? Number.NaN,
      fromOffset,
    )
  }

  /** `add` without the object; `appendTimestamp` is NaN where records have their own. */
  addRecords(
    start: number,
    end: number,
    count: number,
    baseOffset: number,
    baseTimestamp: number,
    appendTimestamp: number,
    fromOffset: number,
  ): void {
    if (this.#count + count > this.#columns.capacity) this.#grow(this.#count + count)
    const bytes = this.#bytes
    const { offsets, timestamps, keyStarts, keyLengths, valueStarts, valueLengths, headerStarts, headerCounts } =
      this.#columns
    const ownTimestamps = Number.isNaN(appendTimestamp)
    let row = this.#count
    let at = start
    for (let index = 0; index < count; index++) {
      let bits = bytes[at++]
      let length: number
      if (bits < 0x80) length = (bits >>> 1) ^ -(bits & 1)
      else {
        length = readVarint(bytes, at - 1)
        at = varintEnd
      }
      const recordEnd = at + length
      if (length < 6 || recordEnd > end) throw damaged(start, index)
      at++
      let timestampDelta: number
      bits = bytes[at++]
      if (bits < 0x80) timestampDelta = (bits >>> 1) ^ -(bits & 1)
      else {
        timestampDelta = readVarlong(bytes, at - 1)
        at = varintEnd
      }
      let offsetDelta: number
      bits = bytes[at++]
      if (bits < 0x80) offsetDelta = (bits >>> 1) ^ -(bits & 1)
      else {
        offsetDelta = readVarint(bytes, at - 1)
        at = varintEnd
      }
      const offset = baseOffset + offsetDelta
      if (offset < fromOffset) {
        at = recordEnd
        continue
      }
      bits = bytes[at++]
      if (bits < 0x80) length = (bits >>> 1) ^ -(bits & 1)
      else {
        length = readVarint(bytes, at - 1)
        at = varintEnd
      }
      keyStarts[row] = at
      keyLengths[row] = length
      if (length > 0) at += length
      if (at >= recordEnd) throw damaged(start, index)
      bits = bytes[at++]
      if (bits < 0x80) length = (bits >>> 1) ^ -(bits & 1)
      else {
        length = readVarint(bytes, at - 1)
        at = varintEnd
      }
      valueStarts[row] = at
      valueLengths[row] = length
      if (length > 0) at += length
      if (at >= recordEnd) throw damaged(start, index)
      bits = bytes[at++]
      if (bits < 0x80) length = (bits >>> 1) ^ -(bits & 1)
      else {
        length = readVarint(bytes, at - 1)
        at = varintEnd
      }
      headerStarts[row] = at
      headerCounts[row] = length
      offsets[row] = offset
      timestamps[row] = ownTimestamps ? baseTimestamp + timestampDelta : appendTimestamp
      at = recordEnd
      row++
    }
    this.#count = row
  }

  /** The batch so far; its columns belong to it, and the builder takes new ones. */
  finish(): ColumnBatch {
    if (this.#count === 0) return EMPTY_COLUMN_BATCH
    const batch = new BuiltBatch(this.#count, this.#bytes, this.#columns)
    this.#columns = this.#take(MIN_ROWS)
    this.#bytes = noBytes
    this.#count = 0
    return batch
  }

  /** Gives back the columns of a batch that nobody reads any more. */
  recycle(batch: ColumnBatch): void {
    const columns = BuiltBatch.takeColumns(batch)
    if (columns !== undefined && columns.capacity > MIN_ROWS && this.#pool.length < 16) this.#pool.push(columns)
  }

  #take(rows: number): Columns {
    const index = this.#pool.findIndex((columns) => columns.capacity >= rows)
    return index < 0 ? new Columns(rows) : this.#pool.splice(index, 1)[0]
  }

  #grow(rows: number): void {
    const old = this.#columns
    const columns = new Columns(Math.max(rows, old.capacity * 2))
    columns.offsets.set(old.offsets)
    columns.timestamps.set(old.timestamps)
    columns.keyStarts.set(old.keyStarts)
    columns.keyLengths.set(old.keyLengths)
    columns.valueStarts.set(old.valueStarts)
    columns.valueLengths.set(old.valueLengths)
    columns.headerStarts.set(old.headerStarts)
    columns.headerCounts.set(old.headerCounts)
    this.#columns = columns
  }
}

function damaged(start: number, index: number): RangeError {
  return new RangeError(`record ${index} of the section at ${start} reaches beyond its end: the bytes are damaged`)
}
