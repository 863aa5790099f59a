/**
 * Byte stores in memory that are between two lives of their task: an active task becomes a standby, or all tasks start over.
 * They hold committed state only (law 6), so the next life goes on from their changelog offset. Stores that read from the disk
 * are closed and opened again, which takes no time.
 */

import type { ByteStore } from '../state/byte-store.ts'

export class StoreShelf {
  readonly #stores = new Map<string, Map<string, ByteStore>>()
  readonly #kept = new Set<string>()

  /** From now on stores in memory of this task that are closed are kept here. */
  keep(task: string): void {
    this.#kept.add(task)
  }

  /** Stores of this task are closed for good, as is what is here of it. */
  drop(task: string): void {
    this.#kept.delete(task)
    for (const store of this.#stores.get(task)?.values() ?? []) store.close()
    this.#stores.delete(task)
  }

  /** Instead of opening a store anew; undefined: it is not here. */
  take(task: string, store: string): ByteStore | undefined {
    const found = this.#stores.get(task)?.get(store)
    this.#stores.get(task)?.delete(store)
    return found
  }

  /** Instead of closing a store. */
  put(task: string, store: ByteStore): void {
    if (!(store.inMemory ?? !store.persistent) || !this.#kept.has(task)) {
      store.close()
      return
    }
    const ofTask = this.#stores.get(task) ?? new Map<string, ByteStore>()
    ofTask.set(store.name, store)
    this.#stores.set(task, ofTask)
  }

  /** Tasks that have stores here. */
  tasks(): string[] {
    return [...this.#stores.keys()]
  }

  /** The changelog offset of a store that is here. */
  offset(task: string, store: string): number | undefined {
    return this.#stores.get(task)?.get(store)?.changelogOffset()
  }

  close(): void {
    for (const task of this.tasks()) this.drop(task)
  }
}
