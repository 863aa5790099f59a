/**
 * How a table is kept: the options that Kafka Streams has in `Materialized`, beside an operator's own.
 *
 * Whether any of them is given matters to generated names: Kafka Streams burns an index for a `Materialized` without a
 * name (reference 2.2).
 */

import type { Duration } from '../record/duration.ts'
import type { Serde } from '../record/serde.ts'

export interface MaterializedOptions<K, V> {
  /** The store's name: it can then be queried, and names its changelog. Default: generated, or no store at all. */
  readonly store?: string
  /** Serde of the keys. Default: inherited, else the app's. */
  readonly key?: Serde<K>
  /** Serde of the values. Default: inherited where the operator keeps the type, else the app's. */
  readonly value?: Serde<V>
  /** Keep the store in memory even if the app has a persistent store adapter. Default false. */
  readonly inMemory?: boolean
  /** Write the changelog topic. Default true; without it the state is lost with the worker. */
  readonly logging?: boolean
  /** Topic configuration of the changelog, over the defaults, e.g. `{ 'min.cleanable.dirty.ratio': '0.1' }`. */
  readonly changelogConfig?: Readonly<Record<string, string>>
  /** Let the record cache join updates of one key between commits. Default true. */
  readonly caching?: boolean
  /** Windowed stores: how long windows are kept. Default: size + grace (sessions: gap + grace). */
  readonly retention?: Duration
  /** Keep the history of each key for this long, and join streams as of their own time. Default: the latest value only. */
  readonly versioned?: Duration
}

const FIELDS: readonly (keyof MaterializedOptions<unknown, unknown>)[] = [
  'store',
  'key',
  'value',
  'inMemory',
  'logging',
  'changelogConfig',
  'caching',
  'retention',
  'versioned',
]

/** Whether Kafka Streams would have been given a `Materialized`. */
export function isMaterialized(options: object | undefined): boolean {
  return options !== undefined && FIELDS.some((field) => (options as Record<string, unknown>)[field] !== undefined)
}
