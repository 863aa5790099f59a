/**
 * Folds over the events of a loop: a running sum, a count, a reducer of one's own. The value is kept beside each event that a
 * run has bound, so that a condition on it costs the same however long the loop is. It is worked out again after a restart:
 * nothing is stored.
 */

import { LAST_BOUND } from './match-view.ts'
import type { Binding } from './run.ts'

/** Reads the fold of an element from a match, in a condition or afterwards. */
export type Fold<E, A> = <Name extends string>(match: { readonly [K in Name]?: readonly E[] }, name: Name) => A

/**
 * A fold over the events bound to an element that repeats.
 *
 * ```ts
 * const total = fold(0, (sum, payment: Payment) => sum + payment.amount)
 * pattern<Payment>().begin('small').oneOrMore().followedBy('big', (p, match) => p.amount > total(match, 'small'))
 * ```
 *
 * @param init the value for no event; `add` must not change it, nor what it has given before
 * @param add must depend on its arguments alone
 */
export function fold<E, A>(init: A, add: (folded: A, event: E) => A): Fold<E, A> {
  const known = new WeakMap<Binding<E>, { readonly value: A }>()
  const folded = (last: Binding<E> | undefined): A => {
    const missing: Binding<E>[] = []
    let value = init
    for (let at = last; at !== undefined; at = at.before) {
      // One fold may be asked for several elements.
      if (at.element !== last?.element) continue
      const memo = known.get(at)
      if (memo !== undefined) {
        value = memo.value
        break
      }
      missing.push(at)
    }
    for (const binding of missing.reverse()) {
      value = add(value, binding.event.value)
      known.set(binding, { value })
    }
    return value
  }
  return (match, name) => {
    const view = match as { readonly [LAST_BOUND]?: (name: string) => Binding<E> | undefined }
    if (view[LAST_BOUND] !== undefined) return folded(view[LAST_BOUND](name))
    return ((match as Record<string, readonly E[] | undefined>)[name] ?? []).reduce(add, init)
  }
}
