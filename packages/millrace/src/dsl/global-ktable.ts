/** `GlobalKTable`: a table that every worker holds whole, to join streams with on any key. */

import type { GlobalTableHandle } from '../plan/handles.ts'

export class GlobalKTable<K, V> {
  /** What operators work on. */
  readonly handle: GlobalTableHandle<K, V>

  constructor(handle: GlobalTableHandle<K, V>) {
    this.handle = handle
  }

  /** The store's name, for queries. */
  get storeName(): string {
    return this.handle.storeName
  }
}
