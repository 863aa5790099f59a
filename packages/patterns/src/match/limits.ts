/**
 * Bounds on what one key may keep, and what happens when they are reached. What is dropped is always told, so that it can
 * be counted or sent to a dead-letter topic.
 */

import { MillraceError } from 'millrace'

export interface RunLimits {
  /** Live runs of one key, branches counted; default no limit. */
  readonly runsPerKey?: number
  /** Events one run may bind; default no limit. A run that would bind more is dropped, whatever the policy but `fail`. */
  readonly eventsPerRun?: number
  /**
   * Past `runsPerKey`: `dropOldest` (the default) drops the runs of the earliest starts, `dropNew` those of the latest,
   * the event's own first; `fail` throws OverflowError, and the event has moved nothing.
   */
  readonly onOverflow?: 'dropOldest' | 'dropNew' | 'fail'
}

/** A key has more runs, or a run more events, than its limits allow, and the policy is `fail`. */
export class OverflowError extends MillraceError {
  constructor(what: string, limit: number) {
    super(
      'MILLRACE_PATTERN_OVERFLOW',
      `more than ${limit} ${what}: give the pattern a window, narrow its conditions, raise the limit, or choose onOverflow: 'dropOldest' or 'dropNew'`,
    )
  }
}
