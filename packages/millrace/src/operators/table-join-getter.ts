/**
 * Reads a table–table join that has no store: both rows, joined. Its time is the later of the two. The result of a join is
 * not versioned, even where both tables are.
 */

import type { OperatorContext } from '../processor/processor-context.ts'
import type { ValueGetter, ValueGetterSupplier } from '../processor/value-getter.ts'
import type { ValueAndTimestamp } from '../state/stores.ts'

export interface JoinedRows<K, L, R, VOut> {
  readonly join: (left: L | null, right: R | null, key: K) => VOut | null
  readonly needsLeft: boolean
  readonly needsRight: boolean
}

export function joinGetter<K, L, R, VOut>(
  rows: JoinedRows<K, L, R, VOut>,
  left: ValueGetterSupplier<K, L>,
  right: ValueGetterSupplier<K, R>,
): ValueGetterSupplier<K, VOut> {
  return {
    get: () => new JoinGetter(rows, left.get(), right.get()),
    storeNames: [...new Set([...left.storeNames, ...right.storeNames])],
  }
}

class JoinGetter<K, L, R, VOut> implements ValueGetter<K, VOut> {
  readonly isVersioned = false
  readonly #rows: JoinedRows<K, L, R, VOut>
  readonly #left: ValueGetter<K, L>
  readonly #right: ValueGetter<K, R>

  constructor(rows: JoinedRows<K, L, R, VOut>, left: ValueGetter<K, L>, right: ValueGetter<K, R>) {
    this.#rows = rows
    this.#left = left
    this.#right = right
  }

  init(context: OperatorContext): void {
    this.#left.init(context)
    this.#right.init(context)
  }

  get(key: K): ValueAndTimestamp<VOut> | null {
    const left = this.#left.get(key)
    if (left === null && this.#rows.needsLeft) return null
    const right = this.#right.get(key)
    if (right === null && (left === null || this.#rows.needsRight)) return null
    const value = this.#rows.join(left?.value ?? null, right?.value ?? null, key)
    return value === null ? null : { value, timestamp: Math.max(left?.timestamp ?? -1, right?.timestamp ?? -1) }
  }
}
