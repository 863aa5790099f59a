/**
 * Where the embedded log keeps what is not a batch: topics, committed offsets, transactions, how far partitions reach.
 * Small facts by name; an object that survives JSON each.
 *
 * What is set in one turn of the event loop is kept together with the batches that were stored in it, or none of it is.
 * That is what makes the end of a transaction atomic: markers, offsets and its state are written in one turn.
 */

export interface Journal {
  set(name: string, fact: object): void
  delete(name: string): void
  /** Facts whose names start with a prefix, as they have been set by now. */
  entries(prefix: string): Iterable<readonly [name: string, fact: object]>
  /** Settles when everything up to now is safe; undefined: it is already. Rejects when it cannot be kept. */
  settled(): Promise<void> | undefined
}

/** Keeps nothing: the log in memory. */
export const noJournal: Journal = {
  set() {},
  delete() {},
  entries: () => [],
  settled: () => undefined,
}
