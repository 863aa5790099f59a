/**
 * `windowedBy`
 *
 * Meaning: aggregates each key by windows of event time. By itself it adds nothing to the plan.
 *
 * Nulls: null values are aggregated by time windows and sessions, dropped by sliding windows; null keys are dropped (counted).
 *
 * Late and out-of-order: a record counts in every window its time falls in, whenever it comes, until stream time passes the
 * window's end plus grace; later ones are dropped (counted).
 *
 * Timestamp: that of the aggregation.
 */

import type { CogroupedHandle, GroupedStreamHandle, WindowedStreamHandle } from '../plan/handles.ts'
import type { Windows } from '../window/windows.ts'

export interface WindowedByOptions {
  /**
   * `onWindowUpdate` (default): each record gives an updated result, if the record cache is off or at its flush.
   * `onWindowClose`: one final result per window, once stream time has passed its end plus grace.
   */
  readonly emit?: 'onWindowUpdate' | 'onWindowClose'
}

/**
 * Windows a grouped stream.
 *
 * @example
 * flights.groupByKey().windowedBy(tumbling('1 hour', { grace: '15 min' }), { emit: 'onWindowClose' }).count()
 */
export function windowedBy<K, V>(
  group: GroupedStreamHandle<K, V>,
  windows: Windows,
  options: WindowedByOptions = {},
): WindowedStreamHandle<K, V> {
  return { ...group, kind: 'windowed-stream', windows, emitOnClose: options.emit === 'onWindowClose' }
}

/** Windows cogrouped streams. They always emit on update, as in Kafka Streams. */
export function windowedByCogrouped<K, VOut>(
  cogrouped: CogroupedHandle<K, VOut>,
  windows: Windows,
): CogroupedHandle<K, VOut> {
  return { ...cogrouped, windows }
}
