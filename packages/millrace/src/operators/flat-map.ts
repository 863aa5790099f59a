/**
 * `flatMap`, `flatMapValues`
 *
 * Meaning: none, one or several records for each, in the order of the iterable. `flatMap` gives pairs and may change keys, so
 * the next keyed operator repartitions; `flatMapValues` gives values under the same key and does not.
 *
 * Nulls: the mapper sees them, and must give an iterable: an empty one for nothing.
 *
 * Late and out-of-order: pass as they come.
 *
 * Timestamp: each output has the record's, and a copy of its headers.
 */

import type { StreamHandle } from '../plan/handles.ts'
import { addProcessor, streamBelow } from '../plan/operator-graph.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import { ForwardingProcessor } from './forwarding-processor.ts'
import { withPair } from './map.ts'
import type { NamedOptions } from './named-options.ts'

/** Gives any number of `[key, value]`. */
export type FlatMapper<K, V, KOut, VOut> = (value: V, key: K) => Iterable<readonly [KOut | undefined, VOut | undefined]>

export type FlatValueMapper<K, V, VOut> = (value: V, key: K) => Iterable<VOut>

/**
 * Replaces each record by the pairs the mapper gives.
 *
 * @example
 * lines.flatMap((line) => line.split(' ').map((word) => [word, 1] as const))
 */
export function flatMap<K, V, KOut, VOut>(
  stream: StreamHandle<K, V>,
  mapper: FlatMapper<K, V, KOut, VOut>,
  options: NamedOptions = {},
): StreamHandle<KOut, VOut> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-FLATMAP-'),
    facts: { keyChanging: true },
    supplier: () => new FlatMap(mapper),
  })
  return streamBelow(stream, node, { keySerde: undefined, valueSerde: undefined, repartitionRequired: true })
}

/**
 * Replaces each record by records with the same key and the values the mapper gives.
 *
 * @example
 * lines.flatMapValues((line) => line.split(' '))
 */
export function flatMapValues<K, V, VOut>(
  stream: StreamHandle<K, V>,
  mapper: FlatValueMapper<K, V, VOut | undefined>,
  options: NamedOptions = {},
): StreamHandle<K, VOut> {
  const node = addProcessor(stream.graph, stream.node, {
    name: stream.graph.nameOr(options.name, 'KSTREAM-FLATMAPVALUES-'),
    facts: { valueChanging: true },
    supplier: () => new FlatMapValues(mapper),
  })
  return streamBelow(stream, node, { keySerde: stream.keySerde, valueSerde: undefined })
}

class FlatMap<K, V, KOut, VOut> extends ForwardingProcessor<K, V, KOut | null, VOut | null> {
  readonly #mapper: FlatMapper<K, V, KOut, VOut>

  constructor(mapper: FlatMapper<K, V, KOut, VOut>) {
    super()
    this.#mapper = mapper
  }

  process(record: StreamRecord<K, V>): void {
    for (const pair of this.#mapper(record.value, record.key)) {
      this.context.forward(withPair(record, pair, this.context.nodeName))
    }
  }
}

class FlatMapValues<K, V, VOut> extends ForwardingProcessor<K, V, K, VOut | null> {
  readonly #mapper: FlatValueMapper<K, V, VOut | undefined>

  constructor(mapper: FlatValueMapper<K, V, VOut | undefined>) {
    super()
    this.#mapper = mapper
  }

  process(record: StreamRecord<K, V>): void {
    for (const value of this.#mapper(record.value, record.key)) this.context.forward(record.withValue(value ?? null))
  }
}
