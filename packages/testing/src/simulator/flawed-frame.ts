/**
 * For planted bugs only: a frame of a state log that lost some of its changes and passes for whole all the same, as if the
 * log did not check what it reads. Knows the format (`log-frame.ts` of the core) for short keys and values.
 */

import { crc32 } from 'node:zlib'

const HEAD = 16
const OFFSET = 8
const CHANGES = 2

/** The checksum that the last frame of a log ends with; undefined: the log is empty or does not end with a frame. */
export function lastFrame(log: Buffer): number | undefined {
  let sum: number | undefined
  let at = 0
  while (at + HEAD <= log.length) {
    const length = log.readUInt32LE(at)
    if (at + HEAD + length > log.length) return undefined
    sum = log.readUInt32LE(at + 12)
    at += HEAD + length
  }
  return at === log.length ? sum : undefined
}

/** The frame with this share of its changes; nothing at all where it is not a frame of changes. */
export function withChanges(frame: Buffer, chain: number | undefined, share: number): Buffer {
  if (chain === undefined || frame.readUInt32LE(4) !== CHANGES) return Buffer.alloc(0)
  const ends: number[] = [HEAD + OFFSET]
  for (let at = HEAD + OFFSET; at + 1 < frame.length; ) {
    at += 2 + frame[at] + Math.max(0, frame[at + 1] - 1)
    ends.push(at)
  }
  const flawed = Buffer.from(frame.subarray(0, ends[Math.floor((ends.length - 1) * share)]))
  flawed.writeUInt32LE(flawed.length - HEAD, 0)
  const head = flawed.subarray(0, 8)
  flawed.writeUInt32LE(crc32(head), 8)
  flawed.writeUInt32LE(crc32(flawed.subarray(HEAD), crc32(head, chain)), 12)
  return flawed
}
