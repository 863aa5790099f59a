/**
 * `suppress`
 *
 * Meaning: holds a table's updates back, so that fewer come out: only the final one of each window (`untilWindowCloses`),
 * or at most one per key in a span of time (`untilTimeLimit`).
 *
 * Nulls: with `untilWindowCloses` tombstones are swallowed, with `untilTimeLimit` they are forwarded.
 *
 * Late and out-of-order: the latest update to arrive counts, whatever its time. Time is stream time, the highest timestamp
 * that reached this operator: without new records nothing comes out. Sliding windows and sessions may give a second final
 * result at the very instant of their close, as in Kafka Streams (docs/differences.md).
 *
 * Timestamp: that of the update that is forwarded; headers too.
 *
 * The buffer lives in memory, and in its changelog.
 */

import type { GraphNode } from '../plan/graph-node.ts'
import type { TableHandle } from '../plan/handles.ts'
import { addProcessor } from '../plan/operator-graph.ts'
import { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamsError, TopologyError } from '../record/errors.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'
import { changeBuffer } from '../state/change-buffer.ts'
import type { BufferedChange, ChangeBuffer, Eviction } from '../state/time-ordered-buffer.ts'
import type { NamedOptions } from './named-options.ts'
import { suppressedGetter } from './suppressed-getter.ts'
import type { Suppression } from './suppression.ts'
import { tableHandle } from './table-handle.ts'

export interface SuppressOptions extends NamedOptions {
  /** Write the buffer's changelog. Default true; without it what is held back is lost with the worker. */
  readonly logging?: boolean
  /** Topic configuration of the changelog, over the defaults. */
  readonly changelogConfig?: Readonly<Record<string, string>>
}

/**
 * Holds updates back. `name` names the node, and `<name>-store` the buffer.
 *
 * @throws TopologyError if the table is not windowed (for `untilWindowCloses`) or is versioned
 * @example
 * flights.groupByKey().windowedBy(tumbling('1 hour')).count().suppress(untilWindowCloses())
 * customers.suppress(untilTimeLimit('5 min', { maxRecords: 10_000 }))
 */
export function suppress<K, V>(
  table: TableHandle<K, V>,
  suppression: Suppression,
  options: SuppressOptions = {},
): TableHandle<K, V> {
  const { graph } = table
  if (table.node.facts.versioned === true) throw new TopologyError('suppress() does not work on versioned tables.')
  const name = graph.nameOr(options.name, 'KTABLE-SUPPRESS-', false)
  const settings = { ...suppression, waitMs: suppression.waitMs ?? findGrace(table.node, '') }
  const storeName = options.name === undefined ? graph.newStoreName('KTABLE-SUPPRESS-') : `${options.name}-store`
  const logging = options.logging ?? true
  if (options.name === undefined && logging) graph.noteImplicitName('changelog topic', `${storeName}-changelog`)
  const store = changeBuffer<K, V>({
    name: storeName,
    keySerde: table.keySerde,
    valueSerde: table.valueSerde,
    logging,
    loggingConfig: options.changelogConfig,
  })
  // The buffer keeps the value that a key had before it was buffered: what is read below as the table's value.
  table.enableSendingOldValues(true)
  const node: GraphNode = addProcessor<K, Change<V>, K, Change<V>>(graph, table.node, {
    name,
    facts: { versioned: false, refusesVersioned: true },
    supplier: () => new Suppress(storeName, settings),
    stores: () => [store],
  })
  const { keySerde, valueSerde, sourceNames } = table
  return tableHandle(
    { graph, node, keySerde, valueSerde, sourceNames, queryableStoreName: undefined },
    {
      getter: () => suppressedGetter(storeName, table.getter()),
      enableSendingOldValues: (force) => table.enableSendingOldValues(force),
    },
  )
}

/** The grace of the windowed operator above: the highest where several are. */
function findGrace(node: GraphNode, below: string): number {
  if (node.facts.graceMs !== undefined) return node.facts.graceMs
  const chain = below === '' ? node.name : `${node.name}->${below}`
  if (node.parents.length === 0) {
    throw new TopologyError(
      `suppress: windows close only where there are windows, but none are above: [${chain}]. Use windowedBy before the ` +
        'aggregation, or untilTimeLimit(…).',
    )
  }
  return Math.max(...node.parents.map((parent) => findGrace(parent, chain)))
}

class Suppress<K, V> implements Processor<K, Change<V>, K, Change<V>> {
  readonly #storeName: string
  readonly #settings: Suppression & { readonly waitMs: number }
  #context!: OperatorContext<K, Change<V>>
  #buffer!: ChangeBuffer<K, V>
  #streamTime = -1
  readonly #expired = (): boolean => this.#buffer.minTimestamp <= this.#streamTime - this.#settings.waitMs
  readonly #overfull = (): boolean =>
    this.#buffer.records > this.#settings.maxRecords || this.#buffer.bytes > this.#settings.maxBytes
  readonly #emit = (eviction: Eviction<K, BufferedChange<V>>): void => this.#forward(eviction)

  constructor(storeName: string, settings: Suppression & { readonly waitMs: number }) {
    this.#storeName = storeName
    this.#settings = settings
  }

  init(context: ProcessorContext<K, Change<V>>): void {
    this.#context = context as OperatorContext<K, Change<V>>
    this.#buffer = context.store(this.#storeName)
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, value: change, timestamp } = record
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const { recordContext } = this.#context
    const time = this.#settings.finalResults ? (key as Windowed<unknown>).window.end : recordContext.timestamp
    this.#buffer.put(time, key, change, recordContext)
    this.#buffer.evictWhile(this.#expired, this.#emit)
    if (!this.#overfull()) return
    if (!this.#settings.emitsEarly) throw this.#full()
    this.#buffer.evictWhile(this.#overfull, this.#emit)
  }

  /** The record context follows what is forwarded, and comes back. */
  #forward({ key, value, context }: Eviction<K, BufferedChange<V>>): void {
    if (value.newValue === null && this.#settings.finalResults) return
    const current = this.#context.recordContext
    const { topic, partition, offset, timestamp, headers } = current
    Object.assign(current, context)
    const change = new Change(value.newValue, value.oldValue)
    this.#context.forward(new StreamRecord(key, change, context.timestamp, context.headers?.copy()))
    Object.assign(current, { topic, partition, offset, timestamp, headers })
  }

  #full(): StreamsError {
    const { records, bytes } = this.#buffer
    const { maxRecords, maxBytes } = this.#settings
    return new StreamsError(
      'MILLRACE_BUFFER_FULL',
      `${this.#context.nodeName}: the buffer is over its bounds: ${records} of ${maxRecords} records, ${bytes} of ` +
        `${maxBytes} bytes. Raise maxRecords or maxBytes, or use shorter windows or grace.`,
    )
  }
}
