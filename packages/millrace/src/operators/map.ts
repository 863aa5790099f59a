/**
 * `map`, `selectKey`
 *
 * Meaning: a new key and value for each record, or a new key alone. The next keyed operator repartitions. `map` inherits no
 * serde, `selectKey` the value's.
 *
 * Nulls: the mapper sees them; null and undefined are forwarded as null (a repartition drops null keys).
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: the record's, and a copy of its headers.
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import { StreamsError } from '../record/errors.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'
import type { NamedOptions } from './named-options.ts'

/** Gives `[key, value]`. */
export type PairMapper<K, V, KOut, VOut> = (value: V, key: K) => readonly [KOut | undefined, VOut | undefined]

export type KeySelector<K, V, KOut> = (value: V, key: K) => KOut

/**
 * Replaces each record's key and value by the pair the mapper gives.
 *
 * @example
 * flights.map((flight, origin) => [flight.destination, origin])
 */
export function map<K, V, KOut, VOut>(
  stream: StreamHandle<K, V>,
  mapper: PairMapper<K, V, KOut, VOut>,
  options: NamedOptions = {},
): StreamHandle<KOut, VOut> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-MAP-'),
    facts: { keyChanging: true },
    supplier: () => new MapPairs(mapper),
  })
  return streamBelow(stream, node, { keySerde: undefined, valueSerde: undefined, repartitionRequired: true })
}

/**
 * Gives each record the key that the selector gives. Nothing is repartitioned yet: the next operator that needs the key does.
 *
 * @example
 * flights.selectKey((flight) => flight.airline)
 */
export function selectKey<K, V, KOut>(
  stream: StreamHandle<K, V>,
  selector: KeySelector<K, V, KOut | undefined>,
  options: NamedOptions = {},
): StreamHandle<KOut, V> {
  const node = addSelectKey(stream, selector, options.name)
  return streamBelow(stream, node, { keySerde: undefined, valueSerde: stream.valueSerde, repartitionRequired: true })
}

/** The node of `selectKey`, also of `groupBy`. */
export function addSelectKey<K, V, KOut>(
  stream: StreamHandle<K, V>,
  selector: KeySelector<K, V, KOut>,
  name: string | undefined,
): GraphNode {
  return addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(name, 'KSTREAM-KEY-SELECT-'),
    facts: { keyChanging: true },
    supplier: () => new SelectKey(selector),
  })
}

class MapPairs<K, V, KOut, VOut> extends ForwardingProcessor<K, V, KOut | null, VOut | null> {
  readonly #mapper: PairMapper<K, V, KOut, VOut>

  constructor(mapper: PairMapper<K, V, KOut, VOut>) {
    super()
    this.#mapper = mapper
  }

  process(record: StreamRecord<K, V>): void {
    this.context.forward(withPair(record, this.#mapper(record.value, record.key), this.context.nodeName))
  }
}

/** The record with the key and value of a pair that user code gave. */
export function withPair<KOut, VOut>(
  record: StreamRecord<unknown, unknown>,
  pair: readonly [KOut | undefined, VOut | undefined],
  operator: string,
): StreamRecord<KOut | null, VOut | null> {
  if (!Array.isArray(pair)) {
    throw new StreamsError(
      'MILLRACE_NO_PAIR',
      `${operator}: the mapper must return [key, value], not ${pair === null ? 'null' : typeof pair}.`,
      { coordinates: { operator } },
    )
  }
  return record.withKeyValue(pair[0] ?? null, pair[1] ?? null)
}

class SelectKey<K, V, KOut> extends ForwardingProcessor<K, V, KOut | null, V> {
  readonly #selector: KeySelector<K, V, KOut>

  constructor(selector: KeySelector<K, V, KOut>) {
    super()
    this.#selector = selector
  }

  process(record: StreamRecord<K, V>): void {
    this.context.forward(record.withKey(this.#selector(record.value, record.key) ?? null))
  }
}
