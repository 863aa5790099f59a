/**
 * Windows of stream–stream joins: how far apart two records may be to meet. Both ends inclusive.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'
import type { JoinWindows } from './windows.ts'

export interface SymmetricJoinWindow {
  /** The other record may be this much earlier or later. */
  readonly within: Duration
  /** How long a left or outer join waits for late partners after the window. Default 0. */
  readonly grace?: Duration
}

export interface AsymmetricJoinWindow {
  /** The other record may be this much earlier. A negative number: it must be at least that much later. */
  readonly before: Duration
  /** The other record may be this much later. A negative number: it must be at least that much earlier. */
  readonly after: Duration
  /** How long a left or outer join waits for late partners after the window. Default 0. */
  readonly grace?: Duration
}

export type JoinWindowOptions = SymmetricJoinWindow | AsymmetricJoinWindow

/**
 * Which records of the other stream a record meets.
 *
 * @throws TopologyError if the window is empty (`before + after < 0`)
 * @example
 * joinWindows({ within: '10 min', grace: '1 min' })
 * joinWindows({ before: 0, after: '10 min' })
 */
export function joinWindows(options: JoinWindowOptions): JoinWindows {
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  const symmetric = 'within' in options
  const beforeMs = symmetric ? durationMs(options.within, 'within') : signedMs(options.before, 'before')
  const afterMs = symmetric ? beforeMs : signedMs(options.after, 'after')
  if (beforeMs + afterMs < 0) {
    throw new TopologyError(`joinWindows: before + after must not be negative, but is ${beforeMs} + ${afterMs} ms.`)
  }
  return Object.freeze({ beforeMs, afterMs, graceMs })
}

function signedMs(duration: Duration, what: string): number {
  return typeof duration === 'number' && duration < 0 ? -durationMs(-duration, what) : durationMs(duration, what)
}
