/**
 * Errors of patterns: what is wrong with a pattern, all at once, and what a match may do at run time that the pattern
 * declared to be an error. Each says the remedy.
 */

import { MillraceError } from 'millrace'

/** The pattern is wrong: thrown when it is compiled, with every problem found. */
export class PatternError extends MillraceError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      'MILLRACE_PATTERN',
      problems.length === 1 ? problems[0] : `${problems.length} problems:\n- ${problems.join('\n- ')}`,
    )
    this.problems = problems
  }
}

/** A match has nothing to skip to, and its skip strategy has `throwOnMiss`. */
export class SkipError extends MillraceError {
  constructor(code: 'MILLRACE_SKIP_TARGET_MISSING' | 'MILLRACE_SKIP_TO_OWN_START', target: string) {
    super(
      code,
      code === 'MILLRACE_SKIP_TARGET_MISSING'
        ? `a match has no event bound to ${target}, which it is to skip to: make ${target} required, or leave out throwOnMiss`
        : `a match would skip to its own first event, ${target}: skip to a later element, or leave out throwOnMiss`,
    )
  }
}
