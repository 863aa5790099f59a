/**
 * The changes of an overlay, outside the JavaScript heap: batches of bytes in the form in which they are logged and applied,
 * and an index of the newest change of each key. A change of a value of the same length is made in place; another one is
 * appended, and what it takes the place of is left out when the batch is written, if that is worth it.
 *
 * A batch is what is written at once, so it ends after so many changes. What is written stays readable until all is forgotten.
 */

import { MillraceError } from '../record/errors.ts'
import { JournalIndex } from './journal-index.ts'
import { ChangeAt, ChangeBatch } from './offheap/change-batch.ts'
import { copy } from './offheap/entry-arena.ts'
import { hashOfBytes } from './offheap/key-hash.ts'
import type { ValueView } from './value-view.ts'

/** A reference is the number of a batch, and in it the position of the change. */
const POSITION_BITS = 19
const POSITION_MASK = (1 << POSITION_BITS) - 1
const BATCH_BYTES = 1 << POSITION_BITS
const MOST_BATCHES = 1 << (32 - POSITION_BITS)
/** So much more than what is live may have been replaced before it is let go of. */
const REPLACED_BYTES = 1 << 20
/** A first batch grows by itself up to here. */
const SMALL_BYTES = 64 << 10
/** So much of a first batch is kept for the next commit, for there may be thousands of stores. */
const KEPT_BYTES = 4 << 10
const MOST_SPARE = 16
/** Batches of fewer changes than this take the memory they need, not that of a large one. */
const SMALL_BATCH = 2048
/** What the lengths of a key and a value take at most. */
const LENGTHS = 10

/** Of all overlays of this thread: a commit's memory is the next one's. */
const spare: Buffer[] = []

const change = new ChangeAt()

export type KeyRange = readonly [from: string, to: string]

export class ChangeJournal {
  readonly #most: number
  readonly #small: boolean
  #index = new JournalIndex()
  #batches: ChangeBatch[] = []
  /** Bytes of changes that others took the place of, by batch. */
  #superseded: number[] = []
  #supersededBytes = 0
  #written = 0
  /** Bytes of keys and values, each key's newest. */
  bytes: number = 0

  /** @param most changes in a batch */
  constructor(most: number) {
    this.#most = most
    this.#small = most < SMALL_BATCH
  }

  /** Keys that changed. */
  get size(): number {
    return this.#index.size
  }

  /** Batches not yet written. */
  get unwritten(): number {
    return this.#batches.length - this.#written
  }

  /** A reference to a key's change, until the next `put`; 0: it has none. */
  find(key: string, hash: number): number {
    const index = this.#index
    for (let at = index.home(hash); ; at = index.next(at)) {
      const reference = index.referenceAt(at)
      if (reference === 0) return 0
      if (index.hashAt(at) === hash && this.#hasKey(reference, key)) return reference
    }
  }

  /** Notes a change; null deletes. @returns whether the key had none, or one that deletes */
  put(key: string, hash: number, value: Uint8Array | null): boolean {
    const index = this.#index
    const valueLength = value === null ? 0 : value.length
    let at = index.home(hash)
    let reference = index.referenceAt(at)
    while (reference !== 0 && !(index.hashAt(at) === hash && this.#hasKey(reference, key))) {
      at = index.next(at)
      reference = index.referenceAt(at)
    }
    if (reference === 0) {
      this.bytes += key.length + valueLength
      index.add(at, hash, this.#append(key, value))
      return true
    }
    const number = reference >>> POSITION_BITS
    const { bytes } = this.#batches[number]
    const position = reference & POSITION_MASK
    change.read(bytes, position)
    const before = change.valueLength
    this.bytes += valueLength - Math.max(before, 0)
    if (before === (value === null ? -1 : valueLength) && number >= this.#written) {
      if (value !== null) copy(value, 0, bytes, change.keyStart + change.keyLength, valueLength)
    } else {
      this.#superseded[number] += change.end - position
      this.#supersededBytes += change.end - position
      index.move(at, this.#append(key, value))
      // Batches that are written are read until the commit: they stay as they are.
      if (this.#supersededBytes > this.bytes + REPLACED_BYTES && this.#written === 0) this.#compact()
    }
    return before < 0
  }

  /** A copy of what a change puts; null if it deletes. */
  value(reference: number): Buffer | null {
    const { bytes } = this.#batches[reference >>> POSITION_BITS]
    change.read(bytes, reference & POSITION_MASK)
    const length = change.valueLength
    if (length < 0) return null
    const value = Buffer.allocUnsafe(length)
    copy(bytes, change.keyStart + change.keyLength, value, 0, length)
    return value
  }

  deletes(reference: number): boolean {
    change.read(this.#batches[reference >>> POSITION_BITS].bytes, reference & POSITION_MASK)
    return change.valueLength < 0
  }

  /** Shows what a change puts, until the next `put`; false if it deletes. */
  view(reference: number, view: ValueView): boolean {
    const { bytes } = this.#batches[reference >>> POSITION_BITS]
    change.read(bytes, reference & POSITION_MASK)
    view.bytes = bytes
    view.start = change.keyStart + change.keyLength
    view.end = change.end
    return change.valueLength >= 0
  }

  /** The keys that changed, in any order. @param deleted those that were deleted too */
  *keys(deleted: boolean): Generator<string> {
    for (let number = 0; number < this.#batches.length; number++) {
      for (const position of this.#live(number, [])) {
        const { bytes } = this.#batches[number]
        change.read(bytes, position)
        if (deleted || change.valueLength >= 0)
          yield bytes.toString('latin1', change.keyStart, change.keyStart + change.keyLength)
      }
    }
  }

  /** Changes of the next batches to be written, but for keys within these ranges. */
  *nextChanges(batches: number, without: readonly KeyRange[]): Generator<readonly [string, Buffer | null]> {
    for (let number = this.#written; number < this.#written + batches; number++) {
      for (const position of this.#live(number, without)) {
        const { bytes } = this.#batches[number]
        change.read(bytes, position)
        const { keyStart, keyLength, valueLength, end } = change
        const key = bytes.toString('latin1', keyStart, keyStart + keyLength)
        yield [key, valueLength < 0 ? null : Buffer.from(bytes.subarray(keyStart + keyLength, end))]
      }
    }
  }

  /** So many batches are written. */
  wrote(batches: number): void {
    this.#written += batches
  }

  /** The next batch to be written, without keys within these ranges. Valid until the next change. */
  nextBatch(without: readonly KeyRange[]): ChangeBatch {
    const number = this.#written
    const batch = this.#batches[number]
    if (without.length === 0 && this.#superseded[number] * 4 <= batch.length) return batch
    const rest = new ChangeBatch(Buffer.allocUnsafeSlow(batch.length + LENGTHS))
    for (const position of this.#live(number, without)) {
      change.read(batch.bytes, position)
      rest.addEntry(batch.bytes, change.keyStart, change.keyLength, change.valueLength)
    }
    return rest
  }

  forget(): void {
    const first = this.#batches[0]
    for (const batch of this.#batches) toSpare(batch)
    this.#batches.length = 0
    this.#superseded.length = 0
    if (first !== undefined && first.bytes.length <= KEPT_BYTES) {
      first.begin()
      this.#batches.push(first)
      this.#superseded.push(0)
    }
    this.#index.clear()
    this.#written = 0
    this.#supersededBytes = 0
    this.bytes = 0
  }

  /** Lets go of what was replaced. */
  #compact(): void {
    const before = this.#batches
    const live = before.map((_, number) => [...this.#live(number, [])])
    this.#batches = []
    this.#superseded = []
    this.#supersededBytes = 0
    const index = new JournalIndex()
    for (const [number, batch] of before.entries()) {
      for (const position of live[number]) {
        change.read(batch.bytes, position)
        const { keyStart, keyLength, valueLength, end } = change
        const hash = hashOfBytes(batch.bytes, keyStart, keyLength)
        const reference = this.#room(end - position)
        this.#batches[reference >>> POSITION_BITS].addEntry(batch.bytes, keyStart, keyLength, valueLength)
        let at = index.home(hash)
        while (index.referenceAt(at) !== 0) at = index.next(at)
        index.add(at, hash, reference)
      }
      toSpare(batch)
    }
    this.#index = index
  }

  #append(key: string, value: Uint8Array | null): number {
    const reference = this.#room(key.length + (value === null ? 0 : value.length) + LENGTHS)
    this.#batches[reference >>> POSITION_BITS].add(key, value)
    return reference
  }

  /** Makes room for the next change. @returns the reference it gets */
  #room(needed: number): number {
    let number = this.#batches.length - 1
    let batch = this.#batches[number]
    const isFull =
      number < this.#written || batch.count >= this.#most || (batch.length + needed > BATCH_BYTES && !batch.isEmpty)
    if (isFull) {
      number++
      batch = this.#newBatch(number)
    } else if (batch.length + needed > batch.bytes.length && 2 * batch.bytes.length > SMALL_BYTES && !this.#small) {
      if (batch.bytes.length < BATCH_BYTES) batch.moveTo(spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES))
    }
    return (number << POSITION_BITS) | batch.length
  }

  #newBatch(number: number): ChangeBatch {
    if (number >= MOST_BATCHES) {
      throw new MillraceError(
        'MILLRACE_TOO_MUCH_UNCOMMITTED',
        `A store has ${this.#index.size} changes that are not committed, more than it can hold. Commit more often (commitIntervalMs).`,
      )
    }
    const batch = new ChangeBatch(
      number === 0 || this.#small ? undefined : (spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES)),
    )
    this.#batches.push(batch)
    this.#superseded.push(0)
    return batch
  }

  #hasKey(reference: number, key: string): boolean {
    const { bytes } = this.#batches[reference >>> POSITION_BITS]
    change.read(bytes, reference & POSITION_MASK)
    const { keyStart, keyLength } = change
    if (keyLength !== key.length) return false
    for (let at = 0; at < keyLength; at++) if (bytes[keyStart + at] !== key.charCodeAt(at)) return false
    return true
  }

  /** Positions of the changes of a batch that are their keys' newest, without keys within these ranges. */
  *#live(number: number, without: readonly KeyRange[]): Generator<number> {
    const { bytes, length } = this.#batches[number]
    const all = this.#superseded[number] === 0
    for (let at = ChangeBatch.RESERVED; at < length; ) {
      change.read(bytes, at)
      const { keyStart, keyLength, end } = change
      const newest = all || this.#index.has(hashOfBytes(bytes, keyStart, keyLength), (number << POSITION_BITS) | at)
      if (newest && !without.some((range) => isWithin(bytes, keyStart, keyLength, range))) yield at
      at = end
    }
  }
}

function toSpare({ bytes }: ChangeBatch): void {
  if (bytes.length === BATCH_BYTES && spare.length < MOST_SPARE) spare.push(bytes)
}

function isWithin(bytes: Uint8Array, start: number, length: number, [from, to]: KeyRange): boolean {
  return compare(bytes, start, length, from) >= 0 && compare(bytes, start, length, to) < 0
}

function compare(bytes: Uint8Array, start: number, length: number, key: string): number {
  const shorter = Math.min(length, key.length)
  for (let at = 0; at < shorter; at++) {
    const difference = bytes[start + at] - key.charCodeAt(at)
    if (difference !== 0) return difference
  }
  return length - key.length
}
