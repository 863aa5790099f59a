/**
 * The entries of a record cache, in columns: an entry is a number, its fields are at that number in each of them. Caches hold
 * a hundred thousand entries and look at one or two a record, so what counts is how much memory each look touches, and that
 * the garbage collector has nothing to follow or to move.
 *
 * An entry that left becomes another key's: whoever holds the number of one must have let go of it before `release`.
 */

import type { Headers } from '../record/headers.ts'
import type { RecordContext } from './state-store.ts'

const FIRST_ROOM = 16

export class CacheEntries {
  readonly keys: string[] = ['']
  /** Serialised; null: deleted; undefined: not serialised, `objects` and `times` say it all. */
  readonly values: (Uint8Array | null | undefined)[] = [undefined]
  /** Decoded values without their timestamps; undefined where they are not known. */
  readonly objects: unknown[] = [undefined]
  readonly topics: (string | null)[] = ['']
  readonly headers: (Headers | undefined)[] = [undefined]
  hashes: Int32Array = new Int32Array(FIRST_ROOM)
  /** The values' own timestamps. */
  times: Float64Array = new Float64Array(FIRST_ROOM)
  /** Of the record that wrote it, as are topic, partition, offset and headers. */
  timestamps: Float64Array = new Float64Array(FIRST_ROOM)
  offsets: Float64Array = new Float64Array(FIRST_ROOM)
  partitions: Int32Array = new Int32Array(FIRST_ROOM)
  /** The flush it waits for; 0: it is clean. */
  rounds: Int32Array = new Int32Array(FIRST_ROOM)
  /** What it weighs. */
  bytes: Float64Array = new Float64Array(FIRST_ROOM)
  /** Neighbours in the order of use; 0: there is none. */
  older: Int32Array = new Int32Array(FIRST_ROOM)
  newer: Int32Array = new Int32Array(FIRST_ROOM)
  /** Neighbours in the order in which entries were dirtied last. */
  dirtyBefore: Int32Array = new Int32Array(FIRST_ROOM)
  dirtyAfter: Int32Array = new Int32Array(FIRST_ROOM)
  /** How many puts of it are not settled. */
  unsettled: Int32Array = new Int32Array(FIRST_ROOM)
  /** Entries that left, linked by `newer`. */
  #left = 0

  /** An entry for a key, with nothing but that. */
  add(key: string, hash: number): number {
    let entry = this.#left
    if (entry === 0) {
      entry = this.keys.length
      if (entry === this.hashes.length) this.#grow()
      this.keys.push(key)
      this.values.push(undefined)
      this.objects.push(undefined)
      this.topics.push('')
      this.headers.push(undefined)
    } else {
      this.#left = this.newer[entry]
      this.newer[entry] = 0
      this.keys[entry] = key
    }
    this.hashes[entry] = hash
    return entry
  }

  /** Written while this record is processed. */
  putContext(entry: number, context: RecordContext, headers: Headers | undefined): void {
    this.topics[entry] = context.topic
    this.partitions[entry] = context.partition
    this.offsets[entry] = context.offset
    this.timestamps[entry] = context.timestamp
    this.headers[entry] = headers
  }

  /** Whether it was put while this record was processed. */
  isOf(entry: number, context: RecordContext): boolean {
    return (
      this.offsets[entry] === context.offset &&
      this.partitions[entry] === context.partition &&
      this.topics[entry] === context.topic
    )
  }

  /** Nobody holds it any more: it lets go of what it held. */
  release(entry: number): void {
    this.keys[entry] = ''
    this.values[entry] = undefined
    this.objects[entry] = undefined
    this.topics[entry] = ''
    this.headers[entry] = undefined
    this.rounds[entry] = 0
    this.bytes[entry] = 0
    // Where a flush failed, it may still be linked to others.
    this.dirtyBefore[entry] = 0
    this.dirtyAfter[entry] = 0
    this.unsettled[entry] = 0
    this.newer[entry] = this.#left
    this.#left = entry
  }

  /** Forgets all of them. */
  clear(): void {
    for (const column of [this.keys, this.values, this.objects, this.topics, this.headers]) column.length = 1
    this.#left = 0
    this.#resize(FIRST_ROOM, 0)
  }

  #grow(): void {
    this.#resize(2 * this.hashes.length, this.hashes.length)
  }

  /** @param kept entries whose fields stay; the others are zero */
  #resize(room: number, kept: number): void {
    this.hashes = words(this.hashes, room, kept)
    this.times = numbers(this.times, room, kept)
    this.timestamps = numbers(this.timestamps, room, kept)
    this.offsets = numbers(this.offsets, room, kept)
    this.partitions = words(this.partitions, room, kept)
    this.rounds = words(this.rounds, room, kept)
    this.bytes = numbers(this.bytes, room, kept)
    this.older = words(this.older, room, kept)
    this.newer = words(this.newer, room, kept)
    this.dirtyBefore = words(this.dirtyBefore, room, kept)
    this.dirtyAfter = words(this.dirtyAfter, room, kept)
    this.unsettled = words(this.unsettled, room, kept)
  }
}

function words(column: Int32Array, room: number, kept: number): Int32Array {
  const resized = new Int32Array(room)
  resized.set(column.subarray(0, kept))
  return resized
}

function numbers(column: Float64Array, room: number, kept: number): Float64Array {
  const resized = new Float64Array(room)
  resized.set(column.subarray(0, kept))
  return resized
}
