/**
 * A topology to be simulated, its input, and a straightforward model of what must come out of it.
 */

import type { BuiltTopology } from 'millrace'
import type { Random } from './random.ts'

export interface SimRecord {
  readonly topic: string
  readonly key: string
  readonly value: unknown
  readonly timestamp: number
}

export interface LoggedRecord extends SimRecord {
  readonly partition: number
  readonly offset: number
}

/** What each key's results must be: in this order (`sequence`), in any (`bag`), or by the last alone (`latest`). */
export interface Expectation {
  readonly compare: 'sequence' | 'bag' | 'latest'
  readonly results: ReadonlyMap<string, readonly unknown[]>
  /**
   * What at least once may not fall short of: every result is there (`all`), the last is not below the model's (`reaches`,
   * by number), the last is equal (`latest`), or nothing can be said (`none`).
   */
  readonly atLeastOnce: 'all' | 'reaches' | 'latest' | 'none'
  /** What a key may end with as well under at least once, where `latest` is compared. */
  readonly mayKeep?: ReadonlyMap<string, readonly unknown[]>
}

export interface TopologyCase {
  readonly name: string
  readonly inputs: readonly string[]
  readonly output: string
  build(): BuiltTopology
  /** The record that is written `index`-th, of `count`. */
  record(random: Random, index: number, timestamp: number): SimRecord
  /** Written before anything starts. */
  before?(random: Random): SimRecord[]
  /** @param input in the order of each partition's log */
  expect(input: readonly LoggedRecord[]): Expectation
}

export function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
