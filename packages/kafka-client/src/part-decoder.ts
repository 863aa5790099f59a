/**
 * From the bytes of one partition in a fetch answer to columns: the codec of `millrace/log` with the adapter's CRC-32C and
 * decompressors. The broker's last stable offset bounds a read-committed answer already; what it aborted is filtered here.
 */

import {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  type ColumnBatch,
  RecordBatchDecoder,
  type TopicPartition,
} from 'millrace/log'
import type { Client } from './client.ts'
import type { FetchedPart } from './partition-feed.ts'

export class PartDecoder {
  readonly #decoder = new RecordBatchDecoder()
  readonly #client: Client
  readonly #readCommitted: boolean

  constructor(client: Client, readCommitted: boolean) {
    this.#client = client
    this.#readCommitted = readCommitted
  }

  /**
   * The part's buffer is released when nobody reads the batch any more, or at once if the batch does not lie in it.
   * @throws LogError `CORRUPT_BATCH`, `UNSUPPORTED_BATCH` with coordinates.
   */
  decode(part: FetchedPart, { topic, partition }: TopicPartition): { batch: ColumnBatch; release(): void } {
    const { batch } = this.#decoder.decode(part.records, 0, part.records.length, {
      fromOffset: part.fromOffset,
      aborted: this.#readCommitted ? part.abortedTransactions : undefined,
      decompress: this.#client.decompress,
      checksum: this.#client.checksum,
      coordinates: { topic, partition },
    })
    const inPart = batch.bytes === part.records
    if (!inPart) part.buffer?.release()
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      this.#decoder.columns.recycle(batch)
      if (inPart) part.buffer?.release()
    }
    return { batch, release }
  }
}

/** Where the next fetch continues: behind the last whole batch, whatever it holds; `from` where there is none. */
export function nextOffsetAfter(records: Buffer, from: number): number {
  let next = from
  for (let at = 0; at + BATCH_HEADER_SIZE <= records.length; ) {
    const length = records.readInt32BE(at + 8) + BATCH_PREFIX_SIZE
    if (at + length > records.length || length < BATCH_HEADER_SIZE) break
    const base = records.readInt32BE(at) * 0x100000000 + records.readUInt32BE(at + 4)
    next = Math.max(next, base + records.readInt32BE(at + 23) + 1)
    at += length
  }
  return next
}
