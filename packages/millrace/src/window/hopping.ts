/**
 * Hopping windows: of equal size, one beginning each `advance`, so that a record falls in size / advance of them.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'
import { timeWindows } from './time-windows.ts'
import type { TimeWindows } from './windows.ts'

export interface HoppingOptions {
  /** From one window's start to the next one's. */
  readonly advance: Duration
  /** How long after its end a window still takes late records. Default 0. */
  readonly grace?: Duration
}

/**
 * Windows `[start, start + size)` that begin at each multiple of `advance`, from 0.
 *
 * @throws TopologyError if size is not above 0, or advance not above 0 and at most size
 * @example
 * hopping('1 hour', { advance: '5 min', grace: '10 min' })
 */
export function hopping(size: Duration, options: HoppingOptions): TimeWindows {
  const sizeMs = durationMs(size, 'size')
  const advanceMs = durationMs(options.advance, 'advance')
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  if (sizeMs <= 0) throw new TopologyError(`hopping: the window size must be above 0 ms, not ${sizeMs}.`)
  if (advanceMs <= 0 || advanceMs > sizeMs) {
    throw new TopologyError(
      `hopping: advance must be above 0 and at most the window size (${sizeMs} ms), not ${advanceMs} ms: ` +
        'with a larger one records between two windows would be lost.',
    )
  }
  const description = `hopping(${sizeMs}, advance ${advanceMs})`
  return timeWindows({ sizeMs, advanceMs, graceMs, description }, (timestamp) => {
    const earliest = timestamp - sizeMs + advanceMs
    return earliest <= 0 ? 0 : earliest - (earliest % advanceMs)
  })
}
