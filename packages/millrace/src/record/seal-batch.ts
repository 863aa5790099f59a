/**
 * Sealing: the header of a finished batch, written into the 61 bytes its builder left free, so that the builder's buffer
 * is what goes to the wire or into a segment, without a copy.
 *
 * A compressed batch is sealed into a new buffer, around the compressed record section. Also makes the control batches
 * that end a transaction in a partition. The checksum is injected (see batch-header); without one the field is 0.
 */

import {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  type Checksum,
  COMPRESSION_MASK,
  CONTROL,
  CRC_START,
  TRANSACTIONAL,
  writeInt16,
  writeInt32,
  writeInt64,
} from './batch-header.ts'
import { RecordBatchBuilder } from './record-batch-builder.ts'

export interface SealOptions {
  /** Default 0: the broker assigns. */
  readonly baseOffset?: number
  /** Default -1: not idempotent. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Default -1. */
  readonly leaderEpoch?: number
  /** Codec number (`COMPRESSION_CODECS`); with it `records` is the compressed record section. Default 0. */
  readonly compression?: number
  readonly records?: Uint8Array
  readonly checksum?: Checksum
}

/** Fills the header; returns the whole batch (the builder's own buffer unless `records` is given). */
export function sealBatch(builder: RecordBatchBuilder, options: SealOptions = {}): Buffer {
  const { records } = options
  let bytes: Buffer
  if (records === undefined) bytes = builder.bytes
  else {
    bytes = Buffer.allocUnsafeSlow(BATCH_HEADER_SIZE + records.length)
    bytes.set(records, BATCH_HEADER_SIZE)
  }
  const attributes =
    ((options.compression ?? 0) & COMPRESSION_MASK) |
    (options.transactional ? TRANSACTIONAL : 0) |
    (options.control ? CONTROL : 0)
  writeInt64(bytes, 0, options.baseOffset ?? 0)
  writeInt32(bytes, 8, bytes.length - BATCH_PREFIX_SIZE)
  writeInt32(bytes, 12, options.leaderEpoch ?? -1)
  bytes[16] = 2
  writeInt32(bytes, 17, 0)
  writeInt16(bytes, 21, attributes)
  writeInt32(bytes, 23, builder.count - 1)
  writeInt64(bytes, 27, builder.baseTimestamp)
  writeInt64(bytes, 35, builder.maxTimestamp)
  writeInt64(bytes, 43, options.producerId ?? -1)
  writeInt16(bytes, 51, options.producerEpoch ?? -1)
  writeInt32(bytes, 53, options.baseSequence ?? -1)
  writeInt32(bytes, 57, builder.count)
  if (options.checksum !== undefined) writeInt32(bytes, 17, options.checksum(bytes.subarray(CRC_START)))
  return bytes
}

/** Kinds of control records, by the number in their keys. */
export const CONTROL_ABORT = 0
export const CONTROL_COMMIT = 1

export interface MarkerOptions {
  readonly baseOffset: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly timestamp: number
  readonly commit: boolean
  readonly checksum?: Checksum
}

/** The control batch that ends a producer's transaction in a partition. */
export function transactionMarker(options: MarkerOptions): Buffer {
  const key = Buffer.alloc(4)
  writeInt16(key, 2, options.commit ? CONTROL_COMMIT : CONTROL_ABORT)
  const builder = new RecordBatchBuilder(128)
  builder.append(key, Buffer.alloc(6), options.timestamp, undefined)
  return sealBatch(builder, {
    baseOffset: options.baseOffset,
    producerId: options.producerId,
    producerEpoch: options.producerEpoch,
    transactional: true,
    control: true,
    checksum: options.checksum,
  })
}
