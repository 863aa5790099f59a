/**
 * Stores that only joins have: the buffer of a stream–table join with grace, and the records of a left or outer
 * stream–stream join that wait for a match.
 */

import { TopologyError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { StoreBuilder } from '../state/state-store.ts'

export interface OuterJoinStoreOptions {
  readonly name: string
  readonly keySerde: Serde<never> | Serde<unknown> | undefined
  readonly left: Serde<never> | Serde<unknown> | undefined
  readonly right: Serde<never> | Serde<unknown> | undefined
}

export function outerJoinStore(options: OuterJoinStoreOptions): StoreBuilder {
  throw new TopologyError(`${options.name}: there is no store for an outer join.`)
}
