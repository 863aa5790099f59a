/** Where patterns begin. */

import type { Append, Pattern } from './chain-types.ts'
import { PatternChain } from './pattern-chain.ts'

interface Empty<Event, Outer extends object> {
  event: Event
  outer: Outer
  // biome-ignore lint/complexity/noBannedTypes: no fields yet, and none ruled out.
  match: {}
  names: never
  targets: never
  optional: false
}

export interface Beginning<Event, Outer extends object> {
  /** The first element. A match may begin at any event that fits. */
  readonly begin: Append<Empty<Event, Outer>>
}

/**
 * Starts a pattern over events of a type.
 *
 * ```ts
 * const probing = pattern<Payment>()
 *   .begin('small', (p) => p.amount < 1)
 *   .followedBy('probe', isProbe).times(2, 5)
 *   .next('big', (p, match) => p.amount > 500 * match.small.amount)
 *   .within('10 min')
 * ```
 *
 * `Outer` is for groups: what their conditions may read of the match of the pattern around them.
 */
// biome-ignore lint/complexity/noBannedTypes: nothing is known of what is around.
export function pattern<Event, Outer extends object = {}>(): Beginning<Event, Outer> {
  return new PatternChain([]) as unknown as Beginning<Event, Outer>
}

/** The match type of a pattern. */
export type MatchOf<P> = P extends Pattern<infer _E, infer M, string, string> ? M : never
