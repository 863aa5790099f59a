/**
 * One machine's disk: byte stores that outlive the process that opened them. A batch is written whole or not at all; at a
 * crash the newest batches may be gone, as where they were not yet on the medium; a write may fail.
 */

import type { ByteChange, ByteStore, ByteStoreFactory, RangeOptions } from 'millrace/state'
import { MemoryStore } from 'millrace/state'
import type { Random } from './random.ts'

export class SimDiskError extends Error {}

interface Batch {
  readonly changes: readonly (readonly [Uint8Array, Uint8Array | null])[]
  readonly range: readonly [Uint8Array, Uint8Array] | undefined
  readonly offset: number | undefined
}

/** What planted bugs do to a disk. */
export interface DiskFlaws {
  /** At a crash the offset of a lost batch stays. */
  readonly offsetAheadOfData?: boolean
  /** At a crash half of the newest batch stays, with its offset. */
  readonly tornBatches?: boolean
  /** At a crash a state log is left with half of the batch that was torn, and takes it for whole. */
  readonly tornLogAccepted?: boolean
  /** At a crash a state log is left with the offset of a batch that was lost. */
  readonly logOffsetAheadOfData?: boolean
}

/** A disk of one simulated machine: the stores of its processes, and what becomes of them. */
export interface MachineDisk extends ByteStoreFactory {
  /** Probability that a write fails. */
  failing: number
  onFailure: (() => void) | undefined
  /** The process is gone, and what it had not forced to the medium may be too. */
  crash(): void
  wipe(): void
  /** Content of the stores a task has open here, by `task/store`. */
  openStores(): Map<string, Map<string, string>>
}

class StoredFile {
  content = new MemoryStore('disk')
  unsynced: Batch[] = []
  synced: Batch[] = []
  open = false
}

export class SimDisk implements MachineDisk {
  readonly name = 'sim-disk'
  readonly #files = new Map<string, StoredFile>()
  readonly #random: Random
  readonly #flaws: DiskFlaws
  /** Probability that a write fails. */
  failing = 0
  onFailure: (() => void) | undefined

  constructor(random: Random, flaws: DiskFlaws = {}) {
    this.#random = random
    this.#flaws = flaws
  }

  open({ taskId, storeName }: { taskId: string; storeName: string }): ByteStore {
    const path = `${taskId}/${storeName}`
    let file = this.#files.get(path)
    if (file === undefined) {
      file = new StoredFile()
      this.#files.set(path, file)
    }
    file.open = true
    return new DiskStore(storeName, file, () => this.#mayFail(storeName))
  }

  #mayFail(store: string): void {
    if (this.failing === 0 || !this.#random.chance(this.failing)) return
    this.onFailure?.()
    throw new SimDiskError(`the disk refused a write to ${store}`)
  }

  /** The process is gone: batches that were not synced may be lost, newest first. */
  crash(): void {
    for (const file of this.#files.values()) {
      file.open = false
      const lost = this.#random.chance(0.5) ? this.#random.integer(0, file.unsynced.length) : 0
      const kept = file.unsynced.slice(0, file.unsynced.length - lost)
      const gone = file.unsynced.slice(file.unsynced.length - lost)
      const torn = this.#flaws.tornBatches === true ? gone[0] : undefined
      file.synced.push(...kept)
      if (torn !== undefined) file.synced.push({ ...torn, changes: torn.changes.slice(0, torn.changes.length >>> 1) })
      if (this.#flaws.offsetAheadOfData === true && gone.length > 0) {
        file.synced.push({ changes: [], range: undefined, offset: gone[gone.length - 1].offset })
      }
      file.unsynced = []
      file.content = new MemoryStore('disk')
      for (const batch of file.synced) apply(file.content, batch)
    }
  }

  wipe(): void {
    this.#files.clear()
  }

  /** Content of the stores a task has open here, by `task/store`. */
  openStores(): Map<string, Map<string, string>> {
    const open = new Map<string, Map<string, string>>()
    for (const [path, file] of this.#files) if (file.open) open.set(path, storeContent(file.content))
    return open
  }
}

/** Keys and values in hexadecimal. */
export function storeContent(store: ByteStore): Map<string, string> {
  const content = new Map<string, string>()
  for (const [key, value] of store.range()) content.set(hex(key), hex(value))
  return content
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function apply(store: MemoryStore, { changes, range, offset }: Batch): void {
  if (range === undefined) store.write(changes, offset)
  else store.deleteRange(range[0], range[1])
}

/** So small that most commits are written in slices, and a crash may come between two. */
export const SLICE_OF_WRITE = 4

class DiskStore implements ByteStore {
  readonly name: string
  readonly persistent = true
  readonly sliceOfWrite = SLICE_OF_WRITE
  readonly #file: StoredFile
  readonly #mayFail: () => void

  constructor(name: string, file: StoredFile, mayFail: () => void) {
    this.name = name
    this.#file = file
    this.#mayFail = mayFail
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#file.content.get(key)
  }

  range(options?: RangeOptions): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.#file.content.range(options)
  }

  write(changes: Iterable<ByteChange>, changelogOffset: number | undefined): void {
    this.#mayFail()
    const copied = [...changes].map(([key, value]) => [key.slice(), value === null ? null : value.slice()] as const)
    this.#add({ changes: copied, range: undefined, offset: changelogOffset })
  }

  deleteRange(from: Uint8Array, to: Uint8Array): void {
    this.#add({ changes: [], range: [from.slice(), to.slice()], offset: undefined })
  }

  #add(batch: Batch): void {
    this.#file.unsynced.push(batch)
    apply(this.#file.content, batch)
  }

  changelogOffset(): number | undefined {
    return this.#file.content.changelogOffset()
  }

  approximateEntries(): number {
    return this.#file.content.approximateEntries()
  }

  clear(): void {
    this.#file.content.clear()
    this.#file.synced = []
    this.#file.unsynced = []
  }

  /** Everything is on the medium after a clean close. */
  close(): void {
    this.#file.open = false
    this.#file.synced.push(...this.#file.unsynced)
    this.#file.unsynced = []
  }
}
