/**
 * `windowedBy`: aggregates each key by windows of event time. By itself it adds nothing to the plan.
 *
 * Late: a window takes records until stream time passes its end plus grace; later ones are dropped (counted).
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
 * count(windowedBy(groupByKey(flights), tumbling('1 hour', { grace: '15 min' }), { emit: 'onWindowClose' }))
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
