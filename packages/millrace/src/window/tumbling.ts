/**
 * Tumbling windows: of equal size, one after the other, so that each record falls in exactly one.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'
import { timeWindows } from './time-windows.ts'
import type { TimeWindows } from './windows.ts'

export interface WindowOptions {
  /** How long after its end a window still takes late records. Default 0: records that come later are dropped. */
  readonly grace?: Duration
}

/**
 * Windows `[start, start + size)` that begin at each multiple of `size`, from 0.
 *
 * @throws TopologyError if size is not above 0
 * @example
 * tumbling('1 hour', { grace: '15 min' })
 */
export function tumbling(size: Duration, options: WindowOptions = {}): TimeWindows {
  const sizeMs = durationMs(size, 'size')
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  if (sizeMs <= 0) throw new TopologyError(`tumbling: the window size must be above 0 ms, not ${sizeMs}.`)
  const facts = { sizeMs, advanceMs: sizeMs, graceMs, description: `tumbling(${sizeMs})` }
  return timeWindows(facts, (timestamp) => (timestamp <= 0 ? 0 : timestamp - (timestamp % sizeMs)))
}
