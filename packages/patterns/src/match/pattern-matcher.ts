/** A typed pattern as a matcher: the one place where the types of the builder meet the machinery, which knows none. */

import { compile } from '../automaton/compile.ts'
import type { Pattern } from '../pattern/chain-types.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'
import type { RunLimits } from './limits.ts'
import { Matcher } from './matcher.ts'
import { EXPECTED, FLINK, type Semantics } from './semantics.ts'

export interface MatcherOptions<Target extends string = string> {
  /** What a match does to those that overlap it; default `none`. */
  readonly skip?: SkipStrategy<Target>
  /**
   * `flink`: results and their order exactly as FlinkCEP's; `expected` (the default): where Flink delays or loses a match
   * as its users would not expect, what they would.
   */
  readonly semantics?: 'flink' | 'expected'
  /** When a finished match is emitted; overrides `semantics`. */
  readonly emit?: Semantics['emit']
  /** Which match of one start wins; overrides `semantics`. */
  readonly prefer?: Semantics['prefer']
  /** What becomes of a greedy loop that has all it may take; overrides `semantics`. */
  readonly greedyAtMaximum?: Semantics['greedyAtMaximum']
  /** One time-out for each run or for each start; overrides `semantics`. */
  readonly timeouts?: Semantics['timeouts']
  /** Whether a loop before a final `notFollowedBy` completes with its window; overrides `semantics`. */
  readonly loopsComplete?: Semantics['loopsComplete']
  /** Bounds on the runs of a key; default none. */
  readonly limits?: RunLimits
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
  const { skip = 'none', semantics = 'expected' } = options
  const base = semantics === 'flink' ? FLINK : EXPECTED
  const chosen: Semantics = {
    emit: options.emit ?? base.emit,
    prefer: options.prefer ?? base.prefer,
    greedyAtMaximum: options.greedyAtMaximum ?? base.greedyAtMaximum,
    timeouts: options.timeouts ?? base.timeouts,
    loopsComplete: options.loopsComplete ?? base.loopsComplete,
    gapTimers: base.gapTimers,
  }
  const automaton = compile(pattern.definition, { skip, greedyAtMaximum: chosen.greedyAtMaximum })
  return new Matcher<Event, Match>(automaton, skip, chosen, options.limits)
}
