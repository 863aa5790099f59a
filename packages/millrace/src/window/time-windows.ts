/**
 * What tumbling, hopping and unlimited windows share: bounds aligned to an origin, start inclusive, end exclusive, found from
 * the timestamp alone. A window never starts before 0.
 */

import { timeWindowed } from '../record/serdes/time-windowed.ts'
import { windowedKeySerde } from '../record/serdes/windowed-serde.ts'
import type { TimeWindows } from './windows.ts'

export function timeWindows(
  facts: Pick<TimeWindows, 'sizeMs' | 'advanceMs' | 'graceMs' | 'description'>,
  firstStart: (timestamp: number) => number,
): TimeWindows {
  return Object.freeze({
    kind: 'time' as const,
    ...facts,
    suppressGraceMs: facts.graceMs,
    retentionMs: Math.min(facts.sizeMs + facts.graceMs, Number.MAX_SAFE_INTEGER),
    firstStart,
    startsFor(timestamp: number): number[] {
      const starts: number[] = []
      for (let start = firstStart(timestamp); start <= timestamp; start += facts.advanceMs) starts.push(start)
      return starts
    },
    keySerde: windowedKeySerde((inner) => timeWindowed(inner, facts.sizeMs)),
  })
}
