/**
 * `peek`, `foreach`
 *
 * Meaning: look at each record as it passes; or the end of a stream, for effects outside. The action runs again when a record
 * is processed again after a failure: it must bear that.
 *
 * Nulls: the action sees them.
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's; headers are a copy.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { copied, ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'

export type ForeachAction<K, V> = (value: V, key: K) => void

/**
 * Calls the action for each record and passes the record on.
 *
 * @example
 * flights.peek((flight, origin) => console.log(origin, flight.delay))
 */
export function peek<K, V>(
  stream: StreamHandle<K, V>,
  action: ForeachAction<K, V>,
  options: NamedOptions = {},
): StreamHandle<K, V> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-PEEK-'),
    supplier: () => new Peek(action),
  })
  return streamBelow(stream, node, stream)
}

/**
 * Calls the action for each record; nothing goes on.
 *
 * @example
 * alerts.foreach((alert) => pager.notify(alert))
 */
export function foreach<K, V>(
  stream: StreamHandle<K, V>,
  action: ForeachAction<K, V>,
  options: NamedOptions = {},
): void {
  addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-FOREACH-'),
    supplier: () => ({ process: (record: StreamRecord<K, V>) => action(record.value, record.key) }),
  })
}

class Peek<K, V> extends ForwardingProcessor<K, V> {
  readonly #action: ForeachAction<K, V>

  constructor(action: ForeachAction<K, V>) {
    super()
    this.#action = action
  }

  process(record: StreamRecord<K, V>): void {
    this.#action(record.value, record.key)
    this.context.forward(copied(record))
  }
}
