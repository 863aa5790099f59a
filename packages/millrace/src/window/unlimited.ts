/**
 * One window for all time from a start on. It never closes, so neither `emitOnClose` nor `suppress` ever gives its result.
 */

import { TopologyError } from '../record/errors.ts'
import { timeWindows } from './time-windows.ts'
import type { TimeWindows } from './windows.ts'

export interface UnlimitedOptions {
  /** Timestamp at which the window begins, ms since the epoch; earlier records are in no window. Default 0. */
  readonly startOn?: number
}

/**
 * The unlimited window.
 *
 * @throws TopologyError if `startOn` is negative or no whole number
 */
export function unlimited(options: UnlimitedOptions = {}): TimeWindows {
  const startOn = options.startOn ?? 0
  if (!Number.isSafeInteger(startOn) || startOn < 0) {
    throw new TopologyError(`unlimited: startOn must be a timestamp in ms, 0 or more, not ${startOn}.`)
  }
  const facts = { sizeMs: Number.MAX_SAFE_INTEGER, advanceMs: Number.POSITIVE_INFINITY, graceMs: 0 }
  return timeWindows({ ...facts, description: `unlimited(from ${startOn})` }, () => startOn)
}
