/**
 * Sliding windows: for each record one that ends at it, and one that begins just after it once another record falls there.
 * So two records share a window exactly if they are at most `difference` apart. Both ends inclusive.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { timeWindowed } from '../record/serdes/time-windowed.ts'
import { windowedKeySerde } from '../record/serdes/windowed-serde.ts'
import type { WindowOptions } from './tumbling.ts'
import type { SlidingWindows } from './windows.ts'

/**
 * Windows `[end - difference, end]` of records at most `difference` apart. Records with a timestamp below `difference` share
 * the window `[0, difference]`.
 *
 * @throws TopologyError if `difference` or `grace` is no duration
 * @example
 * sliding('5 min', { grace: '1 min' })
 */
export function sliding(difference: Duration, options: WindowOptions = {}): SlidingWindows {
  const differenceMs = durationMs(difference, 'difference')
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  return Object.freeze({
    kind: 'sliding' as const,
    differenceMs,
    sizeMs: differenceMs,
    graceMs,
    suppressGraceMs: graceMs,
    retentionMs: 2 * differenceMs + graceMs,
    description: `sliding(${differenceMs})`,
    keySerde: windowedKeySerde((inner) => timeWindowed(inner, differenceMs)),
  })
}
