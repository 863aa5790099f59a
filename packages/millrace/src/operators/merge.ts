/**
 * `merge`
 *
 * Meaning: two streams of the same keys as one. If either needs a repartition, the merged one does. No serde is inherited,
 * since the two may differ.
 *
 * Nulls: pass.
 *
 * Late and out-of-order: order within each stream is kept, none is promised between them.
 *
 * Timestamp: the record's. Forwards the record it was given.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { NamedOptions } from './named-options.ts'
import { PassThrough } from './pass-through.ts'

/**
 * The records of both streams.
 *
 * @example
 * webOrders.merge(shopOrders)
 */
export function merge<K, V, V2 = V>(
  stream: StreamHandle<K, V>,
  other: StreamHandle<K, V2>,
  options: NamedOptions = {},
): StreamHandle<K, V | V2> {
  const node = addProcessor(stream.graph, [stream.node, other.node], {
    name: stream.graph.nameOr(options.name, 'KSTREAM-MERGE-'),
    facts: { merge: true },
    supplier: () => new PassThrough<K, V | V2>(),
  })
  return streamBelow(stream, node, {
    keySerde: undefined,
    valueSerde: undefined,
    repartitionRequired: stream.repartitionRequired || other.repartitionRequired,
    sourceNames: new Set([...stream.sourceNames, ...other.sourceNames]),
  })
}
