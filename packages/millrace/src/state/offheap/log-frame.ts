/**
 * The format of a state log: frames of a 16-byte head (length, kind, checksum of those two, checksum of all) and a payload.
 * The last checksum goes on from the frame before, so that a frame is valid in its place only.
 *
 * A valid beginning of a log is a state the store once had. Reading ends where that is no longer so: `torn`, the end was
 * not written whole; `damaged`, there is more behind a frame that is wrong.
 */

import { crc32 } from 'node:zlib'
import type { StateFile } from './state-files.ts'

export const FRAME_BYTES = 16
/** The changelog offset in front of changes. */
export const OFFSET_BYTES = 8

/** `entries` are a part of a snapshot, `complete` is its end: what older files hold is in this one. */
export const FRAME = { header: 1, changes: 2, dropped: 3, entries: 4, complete: 5 } as const

const KINDS: ReadonlySet<number> = new Set(Object.values(FRAME))
const READ_BYTES = 1 << 20

/** Seals the frame that fills `bytes`, its payload in place behind 16 free bytes. @returns the checksum to go on from */
export function sealFrame(bytes: Buffer, kind: number, chain: number): number {
  bytes.writeUInt32LE(bytes.length - FRAME_BYTES, 0)
  bytes.writeUInt32LE(kind, 4)
  const head = bytes.subarray(0, 8)
  bytes.writeUInt32LE(crc32(head), 8)
  const sum = crc32(bytes.subarray(FRAME_BYTES), crc32(head, chain))
  bytes.writeUInt32LE(sum, 12)
  return sum
}

export type FrameEnd = 'end' | 'torn' | 'damaged'

export class FrameReader {
  readonly #file: StateFile
  readonly #size: number
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0
  /** Behind the last valid frame. */
  position: number = 0
  chain: number = 0
  kind: number = 0
  /** The payload of the last frame: [start, end) of `bytes`, until the next one is read. */
  start: number = 0
  end: number = 0

  constructor(file: StateFile) {
    this.#file = file
    this.#size = file.size()
  }

  get bytes(): Buffer {
    return this.#window
  }

  /** Reads one frame; undefined, or why there is none. */
  next(): FrameEnd | undefined {
    const left = this.#size - this.position
    if (left === 0) return 'end'
    if (left < FRAME_BYTES) return 'torn'
    let at = this.#within(this.position, FRAME_BYTES)
    const length = this.#window.readUInt32LE(at)
    const kind = this.#window.readUInt32LE(at + 4)
    const sound = crc32(this.#window.subarray(at, at + 8)) === this.#window.readUInt32LE(at + 8)
    if (!sound || !KINDS.has(kind) || left < FRAME_BYTES + length) return 'torn'
    at = this.#within(this.position, FRAME_BYTES + length)
    const window = this.#window
    const end = at + FRAME_BYTES + length
    const sum = crc32(window.subarray(at + FRAME_BYTES, end), crc32(window.subarray(at, at + 8), this.chain))
    if (sum !== window.readUInt32LE(at + 12)) return left === FRAME_BYTES + length ? 'torn' : 'damaged'
    this.chain = sum
    this.kind = kind
    this.start = at + FRAME_BYTES
    this.end = end
    this.position += FRAME_BYTES + length
    return undefined
  }

  /** Reads on to a frame of this kind. */
  reaches(kind: number): boolean {
    while (this.next() === undefined) if (this.kind === kind) return true
    return false
  }

  /** Where these bytes of the file lie in the window, which is moved if need be. */
  #within(position: number, bytes: number): number {
    const inside = position >= this.#windowAt && position + bytes <= this.#windowAt + this.#window.length
    if (!inside) {
      const length = Math.min(Math.max(bytes, READ_BYTES), this.#size - position)
      this.#window = Buffer.allocUnsafeSlow(length)
      this.#windowAt = position
      const read = this.#file.read(this.#window, position)
      if (read < length) this.#window.fill(0, read)
    }
    return position - this.#windowAt
  }
}
