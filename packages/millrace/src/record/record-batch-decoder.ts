/**
 * A partition's part of a fetch response, as the log sends it (record batches v2 back to back, the last perhaps cut off),
 * decoded into one `ColumnBatch` and the position where the next fetch continues.
 *
 * Control batches never become rows; batches of aborted transactions are left out when the caller names them. The
 * position moves over both, and over gaps. Where every batch is uncompressed the columns point into the response itself;
 * otherwise all record sections are put together in one new buffer. Knows no codec and no checksum: both are injected.
 */

import { AbortedRanges, type AbortedTransaction, readControlType } from './aborted-ranges.ts'
import {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  type Checksum,
  COMPRESSION_MASK,
  CONTROL,
  CRC_START,
  LOG_APPEND_TIME,
  readAttributes,
  readBaseOffset,
  readBaseTimestamp,
  readBatchLength,
  readCount,
  readCrc,
  readLastOffset,
  readMagic,
  readMaxTimestamp,
  readProducerId,
  TRANSACTIONAL,
} from './batch-header.ts'
import type { ColumnBatch } from './column-batch.ts'
import { ColumnBatchBuilder } from './column-batch-builder.ts'
import { LogError, type RecordCoordinates } from './errors.ts'

/** Decompresses a record section; `codec` is the number in the batch's attributes. */
export type Decompress = (codec: number, section: Buffer) => Buffer

export interface DecodeOptions {
  /** Records before it are left out. Default 0. */
  readonly fromOffset?: number
  /** Batches from this offset on are not read (last stable offset). Default: all are. */
  readonly untilOffset?: number
  /** Aborted transactions touching the range (read_committed). Default: nothing is filtered. */
  readonly aborted?: readonly AbortedTransaction[] | undefined
  readonly decompress?: Decompress | undefined
  /** CRC-32C; without it checksums are not looked at. */
  readonly checksum?: Checksum | undefined
  /** For errors: topic and partition. */
  readonly coordinates?: RecordCoordinates | undefined
}

export interface DecodedBatches {
  readonly batch: ColumnBatch
  /** Behind the last whole batch; `fromOffset` where there was none. */
  readonly nextOffset: number
}

/** Decodes batches one response after the other; one instance a fetcher, so that columns can be recycled. */
export class RecordBatchDecoder {
  readonly columns: ColumnBatchBuilder = new ColumnBatchBuilder()
  /** Start, or index into the decompressed sections, of each batch that becomes rows. */
  readonly #taken: number[] = []
  readonly #sections: Buffer[] = []

  /**
   * @throws LogError `CORRUPT_BATCH` (checksum or structure), `UNSUPPORTED_BATCH` (magic below 2, or a codec nobody
   * decompresses), each with the offset of the batch.
   */
  decode(bytes: Buffer, start: number, end: number, options: DecodeOptions = {}): DecodedBatches {
    const taken = this.#taken
    const sections = this.#sections
    taken.length = 0
    sections.length = 0
    const fromOffset = options.fromOffset ?? 0
    const untilOffset = options.untilOffset ?? Number.POSITIVE_INFINITY
    const { aborted, checksum } = options
    const ranges = aborted === undefined || aborted.length === 0 ? undefined : new AbortedRanges(aborted)
    let nextOffset = fromOffset
    let rows = 0
    let compressed = false
    let at = start
    while (at + BATCH_HEADER_SIZE <= end) {
      const length = readBatchLength(bytes, at)
      if (length < BATCH_HEADER_SIZE) throw corrupt(bytes, at, 'its length is shorter than its header', options)
      if (at + length > end) break
      if (readBaseOffset(bytes, at) >= untilOffset) break
      const magic = readMagic(bytes, at)
      if (magic !== 2) throw unsupported(bytes, at, `magic ${magic}; only v2 batches (magic 2) can be read`, options)
      if (checksum !== undefined) {
        const crc = checksum(bytes.subarray(at + CRC_START, at + length)) >>> 0
        if (crc !== readCrc(bytes, at)) throw corrupt(bytes, at, 'its checksum does not match', options)
      }
      const lastOffset = readLastOffset(bytes, at)
      const attributes = readAttributes(bytes, at)
      if (lastOffset >= fromOffset) {
        if ((attributes & CONTROL) !== 0) {
          if (readCount(bytes, at) > 0) {
            ranges?.marker(readProducerId(bytes, at), lastOffset, readControlType(bytes, at + BATCH_HEADER_SIZE))
          }
        } else if (
          ranges === undefined ||
          !ranges.skips(readProducerId(bytes, at), lastOffset) ||
          (attributes & TRANSACTIONAL) === 0
        ) {
          const count = readCount(bytes, at)
          if (count > 0) {
            taken.push(at)
            rows += count
            if ((attributes & COMPRESSION_MASK) !== 0) compressed = true
          }
        }
        nextOffset = lastOffset + 1
      }
      at += length
    }
    const columns = this.columns
    if (!compressed) {
      columns.start(bytes, rows)
      for (const from of taken) {
        this.#addRows(
          bytes,
          from,
          bytes,
          from + BATCH_HEADER_SIZE,
          from + readBatchLength(bytes, from),
          fromOffset,
          options,
        )
      }
    } else this.#addDecompressed(bytes, rows, fromOffset, options)
    return { batch: columns.finish(), nextOffset }
  }

  #addDecompressed(bytes: Buffer, rows: number, fromOffset: number, options: DecodeOptions): void {
    const sections = this.#sections
    for (const from of this.#taken) {
      const section = bytes.subarray(from + BATCH_HEADER_SIZE, from + readBatchLength(bytes, from))
      const codec = readAttributes(bytes, from) & COMPRESSION_MASK
      if (codec === 0) sections.push(section)
      else if (options.decompress === undefined) {
        throw unsupported(bytes, from, `compression codec ${codec}; this log has no decompressor for it`, options)
      } else {
        try {
          sections.push(options.decompress(codec, section))
        } catch (cause) {
          if (cause instanceof LogError) throw cause
          throw corrupt(bytes, from, 'its records cannot be decompressed', options, cause)
        }
      }
    }
    const whole = sections.length === 1 ? sections[0] : Buffer.concat(sections)
    this.columns.start(whole, rows)
    let at = 0
    for (let index = 0; index < sections.length; index++) {
      const next = at + sections[index].length
      this.#addRows(bytes, this.#taken[index], whole, at, next, fromOffset, options)
      at = next
    }
    sections.length = 0
  }

  #addRows(
    headerBytes: Buffer,
    header: number,
    bytes: Buffer,
    start: number,
    end: number,
    fromOffset: number,
    options: DecodeOptions,
  ): void {
    const logAppendTime = (readAttributes(headerBytes, header) & LOG_APPEND_TIME) !== 0
    try {
      this.columns.addRecords(
        start,
        end,
        readCount(headerBytes, header),
        readBaseOffset(headerBytes, header),
        readBaseTimestamp(headerBytes, header),
        logAppendTime ? readMaxTimestamp(headerBytes, header) : Number.NaN,
        fromOffset,
      )
    } catch (cause) {
      throw corrupt(
        bytes === headerBytes ? bytes : headerBytes,
        header,
        'its records do not fit its length',
        options,
        cause,
      )
    }
  }
}

function corrupt(bytes: Buffer, at: number, what: string, options: DecodeOptions, cause?: unknown): LogError {
  const offset = readBaseOffset(bytes, at)
  return new LogError(
    'CORRUPT_BATCH',
    `The record batch at ${place(options, offset)} is damaged: ${what} (${readBatchLength(bytes, at) - BATCH_PREFIX_SIZE} bytes). ` +
      'Restore the partition from another replica, or move the position beyond it.',
    { cause, coordinates: { ...options.coordinates, offset } },
  )
}

function unsupported(bytes: Buffer, at: number, what: string, options: DecodeOptions): LogError {
  const offset = readBaseOffset(bytes, at)
  return new LogError('UNSUPPORTED_BATCH', `The record batch at ${place(options, offset)} has ${what}.`, {
    coordinates: { ...options.coordinates, offset },
  })
}

function place(options: DecodeOptions, offset: number): string {
  const { topic, partition } = options.coordinates ?? {}
  return topic === undefined ? `offset ${offset}` : `${topic}-${partition} offset ${offset}`
}
