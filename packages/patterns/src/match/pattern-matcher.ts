/** A typed pattern as a matcher: the one place where the types of the builder meet the machinery, which knows none. */

import { compile } from '../automaton/compile.ts'
import type { Pattern } from '../pattern/chain-types.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import { Matcher } from './matcher.ts'

export interface MatcherOptions<Target extends string = string> {
  /** What a match does to those that overlap it; default `none`. */
  readonly skip?: SkipStrategy<Target>
}

/**
 * Compiles a pattern and makes its matcher.
 *
 * @throws PatternError with every problem of the pattern
 */
export function matcherOf<Event, Match, Target extends string>(
  pattern: Pattern<Event, Match, Target>,
  options: MatcherOptions<NoInfer<Target>> = {},
): Matcher<Event, Match> {
  const skip = options.skip ?? 'none'
  return new Matcher<Event, Match>(compile(pattern.definition, skip), skip)
}
