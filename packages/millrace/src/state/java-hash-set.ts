/**
 * The order in which Java walks a `HashSet<Bytes>`: by bucket, within a bucket by insertion. A suppression buffer logs its
 * dirty keys in that order, so a changelog that equals Kafka Streams' record by record needs it.
 */

/** A set of byte strings. */
export class JavaHashSet {
  readonly #keys = new Map<string, number>()
  /** Grows by doubling, stays when the set is cleared: as Java's table. */
  #buckets = 16

  get size(): number {
    return this.#keys.size
  }

  add(key: string): void {
    if (this.#keys.has(key)) return
    this.#keys.set(key, spreadHash(key))
    if (this.#keys.size > this.#buckets * 0.75) this.#buckets *= 2
  }

  clear(): void {
    this.#keys.clear()
  }

  keys(): string[] {
    const mask = this.#buckets - 1
    if (this.#keys.size < 2) return [...this.#keys.keys()]
    const entries = [...this.#keys]
    return entries.sort(([, a], [, b]) => (a & mask) - (b & mask)).map(([key]) => key)
  }
}

/** `Arrays.hashCode(byte[])`, spread as HashMap does. */
function spreadHash(key: string): number {
  let hash = 1
  for (let index = 0; index < key.length; index++)
    hash = (Math.imul(31, hash) + ((key.charCodeAt(index) << 24) >> 24)) | 0
  return hash ^ (hash >>> 16)
}
