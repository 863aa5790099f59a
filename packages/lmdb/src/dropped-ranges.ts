/**
 * Key ranges that count as gone although their entries are still there: LMDB removes one key at a time, and an expired
 * segment of a million entries must not stop the event loop. The store hides them and removes some with every write.
 */

export type KeyRange = readonly [from: string, to: string]

export class DroppedRanges {
  readonly ranges: readonly KeyRange[]

  constructor(ranges: readonly KeyRange[] = []) {
    this.ranges = ranges
  }

  static from(stored: Uint8Array | undefined): DroppedRanges {
    if (stored === undefined) return NONE
    const ranges: unknown = JSON.parse(Buffer.from(stored).toString('utf8'))
    return new DroppedRanges(ranges as KeyRange[])
  }

  get empty(): boolean {
    return this.ranges.length === 0
  }

  has(key: string): boolean {
    for (const [from, to] of this.ranges) if (key >= from && key < to) return true
    return false
  }

  with(range: KeyRange): DroppedRanges {
    return new DroppedRanges([...this.ranges, range])
  }

  toBytes(): Buffer {
    return Buffer.from(JSON.stringify(this.ranges), 'utf8')
  }
}

export const NONE: DroppedRanges = new DroppedRanges()
