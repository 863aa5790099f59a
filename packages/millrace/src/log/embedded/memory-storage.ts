/**
 * Batches in memory: append-only segments, each one buffer, so that a fetch decodes in place and copies nothing.
 *
 * A segment's used bytes never change; compaction writes new segments and leaves the old to whoever still reads them.
 * Segments start small and double up to 1 MiB, for most topics of a test hold little.
 */

import { readLastOffset } from '../../record/batch-header.ts'
import type { BatchStorage, StoredRange } from './batch-storage.ts'

const FIRST_SEGMENT = 4 << 10
const LARGEST_SEGMENT = 1 << 20

class Segment {
  readonly bytes: Buffer
  used = 0
  /** Last offset and end position of each batch. */
  readonly lastOffsets: number[] = []
  readonly ends: number[] = []
  /** Position of the first batch that still counts. */
  start = 0

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  append(batch: Uint8Array): void {
    this.bytes.set(batch, this.used)
    this.used += batch.length
    this.lastOffsets.push(readLastOffset(batch, 0))
    this.ends.push(this.used)
  }

  get lastOffset(): number {
    return this.lastOffsets[this.lastOffsets.length - 1]
  }
}

/** Index of the first entry of an ascending list that is at least `value`. */
function lowerBound(list: readonly number[], value: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

export class MemoryStorage implements BatchStorage {
  readonly foundLastOffset = -1
  #segments: Segment[] = []

  get size(): number {
    return this.#segments.reduce((total, segment) => total + segment.used - segment.start, 0)
  }

  append(batch: Uint8Array): void {
    let segment = this.#segments[this.#segments.length - 1]
    if (segment === undefined || segment.used + batch.length > segment.bytes.length) {
      const doubled = segment === undefined ? FIRST_SEGMENT : Math.min(segment.bytes.length * 2, LARGEST_SEGMENT)
      segment = new Segment(Math.max(doubled, batch.length))
      this.#segments.push(segment)
    }
    segment.append(batch)
  }

  read(offset: number, maxBytes: number): StoredRange | undefined {
    const segments = this.#segments
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (segments[middle].lastOffset < offset) low = middle + 1
      else high = middle
    }
    const segment = segments[low]
    if (segment === undefined) return undefined
    const { ends, bytes } = segment
    const index = lowerBound(segment.lastOffsets, offset)
    const start = index === 0 ? segment.start : ends[index - 1]
    const fitting = lowerBound(ends, start + maxBytes + 1) - 1
    return { bytes, start, end: ends[Math.max(fitting, index)] }
  }

  truncateHead(offset: number): void {
    const segments = this.#segments
    let whole = 0
    while (whole < segments.length && segments[whole].lastOffset < offset) whole++
    segments.splice(0, whole)
    const first = segments[0]
    if (first === undefined) return
    const gone = lowerBound(first.lastOffsets, offset)
    if (gone === 0) return
    first.start = first.ends[gone - 1]
    first.lastOffsets.splice(0, gone)
    first.ends.splice(0, gone)
  }

  replaceHead(offset: number, batches: readonly Uint8Array[]): void {
    this.truncateHead(offset)
    const tail = this.#segments
    this.#segments = []
    for (const batch of batches) this.append(batch)
    this.#segments.push(...tail)
  }

  drop(): void {
    this.#segments = []
  }
}
