/**
 * The 61-byte header of a Kafka record batch, format v2 (magic 2), read and written field by field.
 *
 * Layout: baseOffset(8) length(4) leaderEpoch(4) magic(1) crc(4) attributes(2) lastOffsetDelta(4) baseTimestamp(8)
 * maxTimestamp(8) producerId(8) producerEpoch(2) baseSequence(4) count(4). The checksum (CRC-32C) covers everything from
 * the attributes on; its function is injected, for a native one lives with the Kafka adapter. 64-bit fields are numbers,
 * exact below 2^53. The single-field readers exist because the fetch path must not make an object a batch.
 */

/** Bytes of a v2 batch header: base offset … record count. */
export const BATCH_HEADER_SIZE = 61

/** Where the bytes start that `length` counts and that the batch cannot do without: base offset and length precede. */
export const BATCH_PREFIX_SIZE = 12

/** First byte the checksum covers. */
export const CRC_START = 21

export const COMPRESSION_MASK = 0x07
export const LOG_APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20

/** Codec numbers of the attributes' low bits, by their names. */
export const COMPRESSION_CODECS: Readonly<Record<'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd', number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
}

/** CRC-32C of some bytes, as an unsigned (or signed) 32-bit number. */
export type Checksum = (bytes: Uint8Array) => number

export interface BatchHeader {
  readonly baseOffset: number
  /** Bytes of the whole batch, header included. */
  readonly byteLength: number
  readonly leaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffset: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly count: number
  readonly compression: number
  readonly transactional: boolean
  readonly control: boolean
  readonly logAppendTime: boolean
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

export function readInt16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] << 8) | bytes[at + 1]) << 16) >> 16
}

export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * 0x100000000 + (readInt32(bytes, at + 4) >>> 0)
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x100000000)
  writeInt32(bytes, at, high)
  writeInt32(bytes, at + 4, value - high * 0x100000000)
}

export const readBaseOffset = (bytes: Uint8Array, at: number): number => readInt64(bytes, at)
/** Bytes of the whole batch, header included. */
export const readBatchLength = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + 8) + BATCH_PREFIX_SIZE
export const readMagic = (bytes: Uint8Array, at: number): number => bytes[at + 16]
export const readCrc = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + 17) >>> 0
export const readAttributes = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + 21)
export const readLastOffset = (bytes: Uint8Array, at: number): number =>
  readInt64(bytes, at) + readInt32(bytes, at + 23)
export const readBaseTimestamp = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + 27)
export const readMaxTimestamp = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + 35)
export const readProducerId = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + 43)
export const readProducerEpoch = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + 51)
export const readBaseSequence = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + 53)
export const readCount = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + 57)

/** All fields of the batch that starts at `at`. */
export function readBatchHeader(bytes: Uint8Array, at = 0): BatchHeader {
  const attributes = readAttributes(bytes, at)
  return {
    baseOffset: readBaseOffset(bytes, at),
    byteLength: readBatchLength(bytes, at),
    leaderEpoch: readInt32(bytes, at + 12),
    magic: readMagic(bytes, at),
    crc: readCrc(bytes, at),
    attributes,
    lastOffset: readLastOffset(bytes, at),
    baseTimestamp: readBaseTimestamp(bytes, at),
    maxTimestamp: readMaxTimestamp(bytes, at),
    producerId: readProducerId(bytes, at),
    producerEpoch: readProducerEpoch(bytes, at),
    baseSequence: readBaseSequence(bytes, at),
    count: readCount(bytes, at),
    compression: attributes & COMPRESSION_MASK,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    logAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
  }
}
