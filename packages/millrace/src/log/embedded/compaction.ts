/**
 * What cleaning removes from a partition: by age and size (cleanup.policy delete), and by key (compact).
 *
 * Compaction keeps the newest record of each key below the last stable offset, its offset, timestamp and bytes: kept
 * records are copied as they lie, since their deltas stay relative to the batch's header. A tombstone stays for
 * delete.retention.ms after the first cleaning that saw it, so that a slow reader hears of the deletion.
 */

import { AbortedRanges, readControlType } from '../../record/aborted-ranges.ts'
import {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  CONTROL,
  readAttributes,
  readBaseOffset,
  readCount,
  readLastOffset,
  readMaxTimestamp,
  readProducerId,
  TRANSACTIONAL,
  writeInt32,
} from '../../record/batch-header.ts'
import { readVarint, readVarlong, varintEnd } from '../../record/varint.ts'
import type { StoredRange } from './batch-storage.ts'
import type { PartitionLog } from './partition-log.ts'

/** When which offsets were cleaned first, oldest first. */
export interface CleaningPass {
  readonly endOffset: number
  readonly at: number
}

/** Applies retention.ms and retention.bytes: drops batches from the head. */
export function expire(log: PartitionLog, now: number): void {
  const { remove, retentionMs, retentionBytes } = log.config
  if (!remove || (retentionMs < 0 && retentionBytes < 0)) return
  const stable = log.lastStableOffset
  let keepFrom = log.logStart
  let size = log.storage.size
  for (const { bytes, start, end } of log.batches()) {
    const lastOffset = readLastOffset(bytes, start)
    const tooOld = retentionMs >= 0 && readMaxTimestamp(bytes, start) < now - retentionMs
    const tooMuch = retentionBytes >= 0 && size > retentionBytes
    if (lastOffset >= stable || !(tooOld || tooMuch)) break
    keepFrom = lastOffset + 1
    size -= end - start
  }
  if (keepFrom > log.logStart) log.deleteBefore(keepFrom)
}

/** Compacts what is old enough and decided; false if there was nothing. `passes` is the partition's own and is added to. */
export function compact(log: PartitionLog, now: number, passes: CleaningPass[]): boolean {
  const { config } = log
  if (!config.compact) return false
  const cleanable: StoredRange[] = []
  const stable = log.lastStableOffset
  let limit = log.logStart
  for (const range of log.batches()) {
    const { bytes, start } = range
    const young = config.minCompactionLagMs > 0 && readMaxTimestamp(bytes, start) > now - config.minCompactionLagMs
    if (young || readLastOffset(bytes, start) >= stable) break
    cleanable.push(range)
    limit = readLastOffset(bytes, start) + 1
  }
  if (cleanable.length === 0) return false
  const live = liveBatches(log, cleanable)
  const newest = new Map<string, number>()
  for (const range of live) {
    for (const record of recordsOf(range)) if (record.key !== undefined) newest.set(record.key, record.offset)
  }
  const firstCleaned = (offset: number): number => passes.find(({ endOffset }) => offset < endOffset)?.at ?? now
  const kept: Uint8Array[] = []
  for (const range of live) {
    const records = recordsOf(range).filter(
      ({ key, offset, tombstone }) =>
        key !== undefined &&
        newest.get(key) === offset &&
        offset >= log.logStart &&
        !(tombstone && now >= firstCleaned(offset) + config.deleteRetentionMs),
    )
    if (records.length > 0) kept.push(withRecords(range, records))
  }
  log.storage.replaceHead(limit, kept)
  log.forgetAborted(limit)
  passes.push({ endOffset: limit, at: now })
  while (passes.length > 1 && now >= passes[1].at + config.deleteRetentionMs) passes.shift()
  return true
}

/** Data batches that are not aborted; markers go with them, for what is below the limit is decided. */
function liveBatches(log: PartitionLog, ranges: readonly StoredRange[]): StoredRange[] {
  const aborted = new AbortedRanges(log.abortedFrom(log.logStart) ?? [])
  return ranges.filter(({ bytes, start }) => {
    const attributes = readAttributes(bytes, start)
    const producerId = readProducerId(bytes, start)
    const lastOffset = readLastOffset(bytes, start)
    if ((attributes & CONTROL) !== 0) {
      aborted.marker(producerId, lastOffset, readControlType(bytes, start + BATCH_HEADER_SIZE))
      return false
    }
    return !aborted.skips(producerId, lastOffset) || (attributes & TRANSACTIONAL) === 0
  })
}

interface RawRecord {
  readonly start: number
  readonly end: number
  readonly offset: number
  readonly key: string | undefined
  readonly tombstone: boolean
}

function recordsOf({ bytes, start }: StoredRange): RawRecord[] {
  const baseOffset = readBaseOffset(bytes, start)
  const records: RawRecord[] = []
  let at = start + BATCH_HEADER_SIZE
  for (let left = readCount(bytes, start); left > 0; left--) {
    const recordStart = at
    const length = readVarint(bytes, at)
    const end = varintEnd + length
    readVarlong(bytes, varintEnd + 1)
    const offset = baseOffset + readVarint(bytes, varintEnd)
    const keyLength = readVarint(bytes, varintEnd)
    const keyEnd = varintEnd + Math.max(keyLength, 0)
    const key = keyLength < 0 ? undefined : bytes.toString('latin1', varintEnd, keyEnd)
    records.push({ start: recordStart, end, offset, key, tombstone: readVarint(bytes, keyEnd) < 0 })
    at = end
  }
  return records
}

/** The batch with only some of its records; offsets and timestamps stay. */
function withRecords({ bytes, start }: StoredRange, records: readonly RawRecord[]): Buffer {
  const batch = Buffer.concat([
    bytes.subarray(start, start + BATCH_HEADER_SIZE),
    ...records.map((record) => bytes.subarray(record.start, record.end)),
  ])
  writeInt32(batch, 8, batch.length - BATCH_PREFIX_SIZE)
  writeInt32(batch, 57, records.length)
  return batch
}
