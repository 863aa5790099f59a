/**
 * Keys of stored batches: partition's number, offset of the batch's last record, bytes of the batch. In this order the batch
 * that holds an offset is the first at or after it, and what a partition weighs can be told without reading a batch.
 */

const HIGH = 2 ** 32
const LENGTH = 16

export interface BatchPlace {
  readonly lastOffset: number
  readonly length: number
}

export function batchKey(partition: number, lastOffset: number, length: number): Buffer {
  const key = Buffer.allocUnsafe(LENGTH)
  key.writeUInt32BE(partition, 0)
  key.writeUInt32BE(Math.floor(lastOffset / HIGH), 4)
  key.writeUInt32BE(lastOffset % HIGH, 8)
  key.writeUInt32BE(length, 12)
  return key
}

/** From the batch that holds an offset. */
export function fromOffset(partition: number, offset: number): Buffer {
  return batchKey(partition, Math.max(0, offset), 0)
}

/** Behind a partition's last batch. */
export function endOfPartition(partition: number): Buffer {
  return fromOffset(partition + 1, 0)
}

export function readBatchKey(key: Uint8Array): BatchPlace {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length)
  return { lastOffset: bytes.readUInt32BE(4) * HIGH + bytes.readUInt32BE(8), length: bytes.readUInt32BE(12) }
}
