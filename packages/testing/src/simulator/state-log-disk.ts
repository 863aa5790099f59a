/**
 * A machine's disk of files under the stores that an app uses by default: the real state log runs on it, through its port.
 * A write that fails may have written a part. A crash leaves what was synced, and of the writes since then a beginning, the
 * next one torn; where the system stayed up, all of them, at most the last one torn.
 */

import type { ByteStore, ByteStoreFactory, StateFile, StateFiles, StoreUse } from 'millrace/state'
import { offHeapStores } from 'millrace/state'
import { lastFrame, withChanges } from './flawed-frame.ts'
import type { Random } from './random.ts'
import { type DiskFlaws, type MachineDisk, SimDiskError, SLICE_OF_WRITE, storeContent } from './sim-disk.ts'

/** So small that compaction is always on its way. */
const COMPACT_ABOVE_BYTES = 300

class Content {
  bytes: Buffer = Buffer.alloc(0)
  synced: Buffer = Buffer.alloc(0)
  writes: { readonly position: number; readonly bytes: Buffer }[] = []

  write(bytes: Uint8Array, position: number): void {
    const copied = Buffer.from(bytes)
    this.bytes = written(this.bytes, copied, position)
    this.writes.push({ position, bytes: copied })
  }

  sync(): void {
    this.synced = this.bytes
    this.writes = []
  }

  truncate(size: number): void {
    this.bytes = this.bytes.subarray(0, size)
    // As if synced: what is cut off here was torn before.
    this.sync()
  }
}

export class StateLogDisk implements MachineDisk {
  readonly name = 'sim-state-log'
  readonly #random: Random
  readonly #flaws: DiskFlaws
  readonly #open = new Map<string, ByteStore>()
  #contents = new Map<string, Content>()
  #stores: ByteStoreFactory
  failing = 0
  onFailure: (() => void) | undefined

  constructor(random: Random, flaws: DiskFlaws = {}) {
    this.#random = random
    this.#flaws = flaws
    this.#stores = this.#mounted()
  }

  open(place: {
    applicationId: string
    taskId: string
    storeName: string
    stateDir: string
    use?: StoreUse
  }): ByteStore {
    const path = `${place.taskId}/${place.storeName}`
    const store: ByteStore = Object.assign(this.#stores.open(place), { sliceOfWrite: SLICE_OF_WRITE })
    const close = store.close.bind(store)
    store.close = () => {
      if (this.#open.get(path) === store) this.#open.delete(path)
      close()
    }
    this.#open.set(path, store)
    return store
  }

  crash(): void {
    const random = this.#random
    const systemWentDown = random.chance(0.5)
    const before = this.#contents
    this.#open.clear()
    // Made anew: what the dead process still has a hand on is not this disk any more.
    this.#contents = new Map()
    for (const [path, { bytes, synced, writes }] of before) {
      const lost = systemWentDown ? random.integer(0, writes.length) : random.integer(0, Math.min(1, writes.length))
      const kept = writes.slice(0, writes.length - lost)
      let left = kept.reduce((all, write) => written(all, write.bytes, write.position), synced)
      if (lost > 0) left = this.#torn(left, writes[writes.length - lost])
      const content = new Content()
      content.bytes = lost === 0 ? bytes : left
      content.sync()
      this.#contents.set(path, content)
    }
    this.#stores = this.#mounted()
  }

  wipe(): void {
    this.#contents = new Map()
    this.#stores = this.#mounted()
  }

  openStores(): Map<string, Map<string, string>> {
    return new Map([...this.#open].map(([path, store]) => [path, storeContent(store)]))
  }

  #torn(left: Buffer, write: { readonly position: number; readonly bytes: Buffer }): Buffer {
    const before = lastFrame(left)
    if (this.#flaws.tornLogAccepted === true) return Buffer.concat([left, withChanges(write.bytes, before, 0.5)])
    if (this.#flaws.logOffsetAheadOfData === true) return Buffer.concat([left, withChanges(write.bytes, before, 0)])
    return written(left, write.bytes.subarray(0, this.#random.integer(0, write.bytes.length - 1)), write.position)
  }

  #mounted(): ByteStoreFactory {
    const contents = this.#contents
    const files: StateFiles = {
      lock: () => ({ release() {} }),
      isLocked: () => false,
      names: (directory) =>
        [...contents.keys()]
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1))
          .filter((name) => !name.includes('/')),
      open: (path) => this.#file(contents, path),
      remove(path) {
        for (const each of contents.keys()) if (each === path || each.startsWith(`${path}/`)) contents.delete(each)
      },
    }
    return offHeapStores({ files, compactAboveBytes: COMPACT_ABOVE_BYTES })
  }

  #file(contents: Map<string, Content>, path: string): StateFile {
    const content = contents.get(path) ?? new Content()
    contents.set(path, content)
    return {
      size: () => content.bytes.length,
      read: (into, position) => content.bytes.copy(into, 0, position),
      write: (bytes, position) => {
        if (this.#fails()) {
          content.write(bytes.subarray(0, this.#random.integer(0, bytes.length - 1)), position)
          this.onFailure?.()
          throw new SimDiskError(`the disk refused a write to ${path}`)
        }
        content.write(bytes, position)
      },
      truncate: (size) => content.truncate(size),
      sync: (done) => {
        const failed = this.#fails()
        if (!failed) content.sync()
        done(!failed)
      },
      close() {},
    }
  }

  #fails(): boolean {
    return this.failing > 0 && this.#random.chance(this.failing)
  }
}

function written(all: Buffer, bytes: Buffer, position: number): Buffer {
  const length = Math.max(all.length, position + bytes.length)
  const next = Buffer.alloc(length)
  all.copy(next)
  bytes.copy(next, position)
  return next
}
