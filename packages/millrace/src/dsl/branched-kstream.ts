/**
 * `BranchedKStream`: a split under construction. Each `branch` adds a predicate; `defaultBranch` or `noDefaultBranch` ends it
 * with an object of the branches, typed by their names.
 */

import type { Predicate } from '../operators/filter.ts'
import { branch, type SplitHandle } from '../operators/split.ts'
import { KStream } from './kstream.ts'

/** The branches so far: name to stream. */
export type Branches<Name extends string, S> = { readonly [N in Name]: S }

export class BranchedKStream<K, V, Found extends Record<string, unknown> = Record<never, never>> {
  readonly #split: SplitHandle<K, V>
  readonly #branches: Record<string, KStream<K, V>>

  constructor(split: SplitHandle<K, V>, branches: Record<string, KStream<K, V>> = {}) {
    this.#split = split
    this.#branches = branches
  }

  /**
   * Records for which this predicate, and none before it, is true. A type guard narrows the branch's type.
   *
   * @param options `name` is the key of the branch in the result, and ends its node's name. Without one the key is
   * `branch1`, `branch2`, …
   */
  branch<Kept extends V, const Name extends string = string>(
    predicate: (value: V, key: K) => value is Kept,
    options?: { readonly name?: Name },
  ): BranchedKStream<K, V, Found & Branches<Name, KStream<K, Kept>>>
  branch<const Name extends string = string>(
    predicate: Predicate<K, V>,
    options?: { readonly name?: Name },
  ): BranchedKStream<K, V, Found & Branches<Name, KStream<K, V>>>
  branch(predicate: Predicate<K, V>, options: { readonly name?: string } = {}): BranchedKStream<K, V, never> {
    const name = options.name ?? `branch${this.#split.branches.length + 1}`
    this.#branches[name] = new KStream(branch(this.#split, predicate, options))
    return new BranchedKStream<K, V, never>(this.#split, this.#branches)
  }

  /** Ends the split: records that no predicate accepts are one more branch, by default under `default`. */
  defaultBranch<const Name extends string = 'default'>(
    options: { readonly name?: Name } = {},
  ): Found & Branches<Name, KStream<K, V>> {
    const name = options.name ?? 'default'
    this.#branches[name] = new KStream(branch(this.#split, undefined, options))
    return this.#branches as Found & Branches<Name, KStream<K, V>>
  }

  /** Ends the split: records that no predicate accepts are dropped, and counted. */
  noDefaultBranch(): Found {
    return this.#branches as Found
  }
}
