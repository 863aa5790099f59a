/**
 * The engine for a window definition, by how its windows are found: from the timestamp alone, around records, or by gaps.
 */

import type { Windowed } from '../record/windowed.ts'
import type { SessionWindows, SlidingWindows, TimeWindows, Windows } from '../window/windows.ts'
import { sessionWindowEngine } from './aggregate-session-windows.ts'
import { slidingWindowEngine } from './aggregate-sliding-windows.ts'
import { timeWindowEngine } from './aggregate-time-windows.ts'
import type { AggregationEngine } from './aggregation-engine.ts'

export function windowEngine<K>(windows: Windows, emitOnClose: boolean): AggregationEngine<K, Windowed<K>> {
  if (windows.kind === 'session') return sessionWindowEngine(windows as SessionWindows, emitOnClose)
  if (windows.kind === 'sliding') return slidingWindowEngine(windows as SlidingWindows, emitOnClose)
  return timeWindowEngine(windows as TimeWindows, emitOnClose)
}
