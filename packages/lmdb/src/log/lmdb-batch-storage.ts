/**
 * A partition's batches in LMDB, one entry a batch. Writes are queued; until they are done their effect is kept here and
 * laid over what LMDB gives, so that a batch can be read as soon as it is appended.
 */

import type { Database } from 'lmdb'
import { type BatchStorage, readLastOffset, type StoredRange } from 'millrace/log'
import { batchKey, endOfPartition, fromOffset, readBatchKey } from './batch-key.ts'
import type { LogEnvironment } from './log-environment.ts'

/** A batch that is not written yet, or one that is not removed yet. */
interface Pending {
  readonly bytes: Uint8Array | undefined
}

export class LmdbBatchStorage implements BatchStorage {
  readonly foundLastOffset: number
  readonly #environment: LogEnvironment
  readonly #batches: Database<Uint8Array, Uint8Array>
  readonly #partition: number
  readonly #onDropped: () => void
  /** By key, as a byte string: in order of offsets. */
  readonly #pending: Map<string, Pending> = new Map()
  #pendingKeys: string[] | undefined
  #size = 0

  constructor(environment: LogEnvironment, partition: number, onDropped: () => void) {
    this.#environment = environment
    this.#batches = environment.batches
    this.#partition = partition
    this.#onDropped = onDropped
    let last = -1
    for (const key of this.#batches.getKeys({ start: fromOffset(partition, 0), end: endOfPartition(partition) })) {
      const { lastOffset, length } = readBatchKey(key)
      last = lastOffset
      this.#size += length
    }
    this.foundLastOffset = last
  }

  get size(): number {
    return this.#size
  }

  append(batch: Uint8Array): void {
    const bytes = Buffer.from(batch)
    const key = batchKey(this.#partition, readLastOffset(bytes, 0), bytes.length)
    this.#size += bytes.length
    this.#queue(key, { bytes })
  }

  read(offset: number, maxBytes: number): StoredRange | undefined {
    const found: Uint8Array[] = []
    let total = 0
    for (const bytes of this.#from(offset)) {
      if (found.length > 0 && total + bytes.length > maxBytes) break
      found.push(bytes)
      total += bytes.length
      if (total >= maxBytes) break
    }
    if (found.length === 0) return undefined
    return { bytes: Buffer.concat(found), start: 0, end: total }
  }

  truncateHead(offset: number): void {
    for (const key of this.#keysBefore(offset)) {
      this.#size -= readBatchKey(key).length
      this.#queue(key, { bytes: undefined })
    }
  }

  replaceHead(offset: number, batches: readonly Uint8Array[]): void {
    this.truncateHead(offset)
    for (const batch of batches) this.append(batch)
  }

  drop(): void {
    this.truncateHead(Number.MAX_SAFE_INTEGER)
    this.#onDropped()
  }

  #queue(key: Buffer, pending: Pending): void {
    const name = key.toString('latin1')
    if (!this.#pending.has(name)) this.#pendingKeys = undefined
    this.#pending.set(name, pending)
    const write = pending.bytes === undefined ? this.#batches.remove(key) : this.#batches.put(key, pending.bytes)
    this.#environment.queued(write)
    write.then(
      () => {
        if (this.#pending.get(name) !== pending) return
        this.#pending.delete(name)
        this.#pendingKeys = undefined
        // Or the next read would still be of the time before.
        this.#batches.resetReadTxn()
      },
      () => {},
    )
  }

  #orderedPending(): string[] {
    this.#pendingKeys ??= [...this.#pending.keys()].sort()
    return this.#pendingKeys
  }

  /** Batches from the one that holds an offset on, in order. */
  *#from(offset: number): Generator<Uint8Array> {
    const start = fromOffset(this.#partition, offset)
    const stored = this.#batches.getRange({ start, end: endOfPartition(this.#partition) })
    const first = start.toString('latin1')
    const pendingKeys = this.#orderedPending()
    let next = 0
    while (next < pendingKeys.length && pendingKeys[next] < first) next++
    for (const { key, value } of stored) {
      const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
      for (; next < pendingKeys.length && pendingKeys[next] < name; next++) {
        const bytes = this.#pending.get(pendingKeys[next])?.bytes
        if (bytes !== undefined) yield bytes
      }
      if (next < pendingKeys.length && pendingKeys[next] === name) {
        const bytes = this.#pending.get(name)?.bytes
        next++
        if (bytes !== undefined) yield bytes
      } else yield value
    }
    for (; next < pendingKeys.length; next++) {
      const bytes = this.#pending.get(pendingKeys[next])?.bytes
      if (bytes !== undefined) yield bytes
    }
  }

  /** Keys of batches that lie wholly before an offset. */
  #keysBefore(offset: number): Buffer[] {
    const end = fromOffset(this.#partition, offset)
    const names = new Set<string>()
    for (const key of this.#batches.getKeys({ start: fromOffset(this.#partition, 0), end })) {
      names.add(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'))
    }
    const last = end.toString('latin1')
    for (const [name, { bytes }] of this.#pending) {
      if (name >= last) continue
      if (bytes === undefined) names.delete(name)
      else names.add(name)
    }
    return [...names].map((name) => Buffer.from(name, 'latin1'))
  }
}
