/**
 * Sessions: records of a key that are at most `gap` apart belong together; a record between two sessions merges them. Both
 * ends inclusive: they are the times of the first and the last record.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { sessionWindowed } from '../record/serdes/session-windowed.ts'
import { windowedKeySerde } from '../record/serdes/windowed-serde.ts'
import type { WindowOptions } from './tumbling.ts'
import type { SessionWindows } from './windows.ts'

/**
 * Sessions that end after `gap` without a record.
 *
 * @throws TopologyError if `gap` or `grace` is no duration
 * @example
 * session('30 min', { grace: '5 min' })
 */
export function session(gap: Duration, options: WindowOptions = {}): SessionWindows {
  const gapMs = durationMs(gap, 'gap')
  const graceMs = durationMs(options.grace ?? 0, 'grace')
  return Object.freeze({
    kind: 'session' as const,
    gapMs,
    sizeMs: gapMs,
    graceMs,
    suppressGraceMs: graceMs + gapMs,
    retentionMs: gapMs + graceMs,
    description: `session(${gapMs})`,
    keySerde: windowedKeySerde(sessionWindowed),
  })
}
